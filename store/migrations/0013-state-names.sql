-- Whose state it is: a producer that a worker has taken over and that has committed nothing yet has no
-- row of its own, and a checkpoint that was read back from here once left it out.
alter table feedmill.producer_state add column name text, add column incarnation int8;

comment on column feedmill.producer_state.name is 'Null where it was handed over.';

update feedmill.producer_state s set name = p.name, incarnation = p.incarnation
from feedmill.producer p where p.producer_id = s.producer_id and not s.handed_over;
