{{- define "feedmill.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}-operator
{{- end }}

{{- define "feedmill.selector" -}}
app.kubernetes.io/name: feedmill
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "feedmill.labels" -}}
{{ include "feedmill.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "feedmill.gateway.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}-gateway
{{- end }}

{{- define "feedmill.gateway.selector" -}}
app.kubernetes.io/name: feedmill
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: gateway
{{- end }}

{{- define "feedmill.gateway.labels" -}}
{{ include "feedmill.gateway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "feedmill.witness.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}-witness
{{- end }}

{{- define "feedmill.witness.selector" -}}
app.kubernetes.io/name: feedmill
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: witness
{{- end }}

{{- define "feedmill.witness.labels" -}}
{{ include "feedmill.witness.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "feedmill.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* Namespaces to look after, the release's own where none is named. */}}
{{- define "feedmill.namespaces" -}}
{{ join "," (.Values.namespaces | default (list .Release.Namespace)) }}
{{- end }}
