import type { JSX } from 'preact';
import type { Alert, Severity } from '../api/shapes.ts';
import { useServices } from '../shell/services.ts';
import { StateMark, type Tone } from '../shell/state-mark.tsx';
import { agoText } from '../text/time-text.ts';

const TONES: Readonly<Record<Severity, Tone>> = { critical: 'bad', warning: 'warn', info: 'quiet' };

/** What needs somebody, worst first; nothing at all where there is nothing. */
export function AlertList(): JSX.Element | null {
  const { overview } = useServices();
  const order: readonly Severity[] = ['critical', 'warning', 'info'];
  const alerts = [...overview.alerts.value].sort(
    (a, b) => order.indexOf(a.severity) - order.indexOf(b.severity),
  );
  if (alerts.length === 0) return null;
  return (
    <section class="card alerts" aria-labelledby="alerts">
      <h2 id="alerts">Alerts</h2>
      <ul>
        {alerts.map((alert) => (
          <AlertItem key={alert.id} alert={alert} />
        ))}
      </ul>
    </section>
  );
}

function AlertItem({ alert }: { readonly alert: Alert }): JSX.Element {
  const { nowMs } = useServices();
  const { severity, title, detail, subject, sinceMs } = alert;
  return (
    <li class={`alert alert-${severity}`}>
      <StateMark tone={TONES[severity]} text={severity} />
      <strong>{title}</strong>
      {subject !== undefined && <span class="tag">{subject}</span>}
      <span>{detail}</span>
      {sinceMs !== undefined && <small>{agoText(sinceMs, nowMs.value)}</small>}
    </li>
  );
}
