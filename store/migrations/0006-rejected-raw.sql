-- A source may say that it could not make an event of what it received.

comment on column feedmill.dead_letter.raw is
  'The event as it came (protobuf feedmill.v1.Event), cut at a limit; for a reason that begins '
  'with REJECTED, what the source received; for a row that Postgres itself refused, the row in '
  'binary COPY format.';
