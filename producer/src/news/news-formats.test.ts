import { describe, expect, it } from 'vitest';
import { NEWS_FORMATS } from './news-formats.ts';

const read = (name: string, text: string) =>
  NEWS_FORMATS.find((each) => each.name === name)?.read(text);

const RSS = `<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>
  <language>en</language>
  <item><title><![CDATA[AT&T <b>rises</b>  5%]]></title><guid>g-1</guid>
    <link>https://x/1</link><pubDate>Mon, 06 Jan 2025 14:30:00 GMT</pubDate></item>
  <item><title>Profit &amp;amp; loss: 3 &lt; 4</title><link>https://x/2</link></item>
</channel></rss>`;

describe('formats of news', () => {
  it('RSS: id, headline without markup, link, language and time', () => {
    expect(read('rss', RSS)).toMatchObject({
      title: 'Wire',
      articles: [
        {
          id: 'g-1',
          headline: 'AT&T rises 5%',
          link: 'https://x/1',
          language: 'en',
          published: 'Mon, 06 Jan 2025 14:30:00 GMT',
        },
        { id: 'https://x/2', headline: 'Profit & loss: 3 < 4', published: '' },
      ],
    });
  });

  it('RSS 1.0: items beside the channel', () => {
    const text = `<rdf:RDF><channel><title>Old</title></channel>
      <item rdf:about="https://x/1"><title>A</title><dc:date>2025-01-06T14:30:00Z</dc:date></item>
      </rdf:RDF>`;
    expect(read('rss', text)?.articles).toMatchObject([
      { id: 'https://x/1', headline: 'A', published: '2025-01-06T14:30:00Z' },
    ]);
  });

  it('Atom: the link of the article, and both of its times', () => {
    const text = `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Wire</title>
      <entry><id>urn:1</id><title type="html">A &amp;lt;em&amp;gt;B&amp;lt;/em&amp;gt;</title>
      <link rel="self" href="https://x/self"/><link href="https://x/1"/>
      <published>2025-01-06T14:30:00Z</published><updated>2025-01-06T15:00:00Z</updated></entry>
      </feed>`
      .replaceAll('&amp;lt;', '&lt;')
      .replaceAll('&amp;gt;', '&gt;');
    expect(read('atom', text)?.articles).toMatchObject([
      {
        id: 'urn:1',
        headline: 'A B',
        link: 'https://x/1',
        language: 'de',
        published: '2025-01-06T14:30:00Z',
        updated: '2025-01-06T15:00:00Z',
      },
    ]);
  });

  it('JSON Feed: items with and without a title', () => {
    const items = [
      { id: 1, title: 'A', url: 'https://x/1', date_published: '2025-01-06T14:30:00Z' },
      { id: '2', content_text: 'a short\nmessage' },
    ];
    expect(read('json', JSON.stringify({ title: 'Wire', items }))?.articles).toMatchObject([
      { id: '1', headline: 'A', link: 'https://x/1' },
      { id: '2', headline: 'a short message' },
    ]);
  });

  it.each([
    ['rss', '<html><body>Sign in</body></html>', /root is <html> where <rss> was expected/],
    ['rss', '', /no XML document/],
    ['rss', RSS.slice(0, 200), /<rss> is not closed/],
    ['atom', RSS, /root is <rss> where <feed> was expected/],
    ['json', '{"title":"x"}', /field items is nothing where a list was expected/],
    ['json', '<rss/>', /Unexpected token/],
  ])('%s: refuses what is not of the format', (name, text, why) => {
    expect(() => read(name, text)).toThrow(why);
  });

  it('expands no entity that a document declares: a billion laughs stay a word', () => {
    const bomb = `<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>
      <rss><channel><item><title>&b;</title></item></channel></rss>`;
    expect(read('rss', bomb)?.articles).toMatchObject([{ headline: '&b;' }]);
  });

  it('reads a document nested 100,000 deep without a stack for each level', () => {
    const deep = `${'<a>'.repeat(100_000)}x${'</a>'.repeat(100_000)}`;
    const text = `<rss><channel><item><title>${deep}</title></item></channel></rss>`;
    expect(read('rss', text)?.articles).toMatchObject([{ headline: 'x' }]);
  });
});
