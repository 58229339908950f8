import { ALERT_AREAS, ALERT_RULES } from '../monitoring/alert-rules.ts';
import { code, page, sourceLink, table } from './markdown.ts';

const FILE = 'charts/feedmill/files/alerts.yaml';

const INTRODUCTION = `For Prometheus as a file, [\`${FILE}\`](../../${FILE}) under
\`rule_files\`; for the Prometheus operator, \`--set monitoring.prometheusRule=true\` of the chart.
\`page\` is to wake somebody, \`ticket\` can wait for the day.`;

export function alertsPage(): string {
  const areas = ALERT_AREAS.flatMap((area) => [
    `## Of the ${area}`,
    table(
      ['alert', 'while', 'for', 'severity', 'what to do'],
      ALERT_RULES.filter((rule) => rule.area === area).map((rule) => [
        code(rule.name),
        code(rule.when),
        rule.for,
        rule.severity,
        `[${rule.runbook}](../runbooks/${rule.runbook}.md)`,
      ]),
    ),
  ]);
  return page('Alerts', sourceLink('tools/monitoring/alert-rules.ts'), [INTRODUCTION, ...areas]);
}
