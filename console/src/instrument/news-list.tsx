import type { JSX } from 'preact';
import type { NewsItem } from '../api/shapes.ts';
import { useServices } from '../shell/services.ts';
import { agoText, momentText, msOfNanos } from '../text/time-text.ts';
import type { InstrumentStore } from './instrument-store.ts';

/** What was said about the instrument, newest first. */
export function NewsList({ store }: { readonly store: InstrumentStore }): JSX.Element {
  const news = store.news.value;
  return (
    <section class="news card" aria-labelledby="news">
      <h2 id="news">News</h2>
      <ul class="scroll" tabIndex={0} aria-labelledby="news">
        {news.map((item) => (
          <Item key={item.key} item={item} />
        ))}
      </ul>
      {news.length === 0 && <p class="empty">Nothing was said about it yet.</p>}
    </section>
  );
}

function Item({ item }: { readonly item: NewsItem }): JSX.Element {
  const { nowMs } = useServices();
  const { headline, source, sentiment, timeNanos, url } = item;
  const ago = agoText(msOfNanos(timeNanos), nowMs.value);
  return (
    <li>
      <Score item={item} />
      <p>
        {url === undefined ? (
          headline
        ) : (
          <a href={url} rel="noreferrer" target="_blank">
            {headline}
          </a>
        )}
        <small>
          <time title={momentText(timeNanos)}>{ago}</time> {source}
          <span class="visually-hidden"> {sentiment}</span>
        </small>
      </p>
    </li>
  );
}

function Score({ item: { sentiment, score } }: { readonly item: NewsItem }): JSX.Element {
  const text = score === undefined ? sentiment : `${score > 0 ? '+' : ''}${score.toFixed(2)}`;
  return (
    <span class={`score score-${sentiment}`} title={sentiment}>
      {text.replace('-', '−')}
    </span>
  );
}
