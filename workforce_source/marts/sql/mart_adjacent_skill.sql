-- grain: one skill that goes together with a wanted one in an organization: up to ten for each skill a target names
with wanted as (
  select distinct organization_id, skill_key from marts.mart_skill_gap
),
sizes as (
  select organization_id, sum(is_known) as known
  from marts.dim_employee
  group by organization_id
),
having_it as (
  select organization_id, employee_id, skill_key
  from marts.fct_employee_skill
  where has_skill = 1 and is_known = 1
),
holders as (
  select organization_id, skill_key, count(*) as people
  from having_it
  group by organization_id, skill_key
),
wanted_holders as (
  -- distinct, and thereby found first: all skills by all skills would be millions of pairs
  select distinct w.organization_id, h.employee_id, w.skill_key
  from wanted w
  join having_it h on h.organization_id = w.organization_id and h.skill_key = w.skill_key
),
pairs as (
  select w.organization_id, w.skill_key, o.skill_key as adjacent_skill_key, count(*) as people_both
  from wanted_holders w
  join having_it o on o.organization_id = w.organization_id and o.employee_id = w.employee_id
  where o.skill_key <> w.skill_key
  group by w.organization_id, w.skill_key, o.skill_key
  having count(*) >= 3
),
measured as (
  select p.organization_id, p.skill_key, p.adjacent_skill_key, p.people_both,
    w.people as people, a.people as people_adjacent,
    cast(p.people_both as double) / w.people as share,
    cast(p.people_both * z.known as double) / (w.people * a.people) as lift,
    cast(p.people_both as double) / (w.people + a.people - p.people_both) as overlap
  from pairs p
  -- all of them are there: an inner join could begin with all skills by all skills
  left join holders w on w.organization_id = p.organization_id and w.skill_key = p.skill_key
  left join holders a
    on a.organization_id = p.organization_id and a.skill_key = p.adjacent_skill_key
  left join sizes z on z.organization_id = p.organization_id
  -- more often than chance would have it
  where p.people_both * z.known > w.people * a.people
),
ranked as (
  select m.*, row_number() over (
    partition by m.organization_id, m.skill_key
    order by m.overlap desc, m.people_both desc, m.adjacent_skill_key
  ) as place
  from measured m
)
select
  r.organization_id,
  r.skill_key,
  r.adjacent_skill_key,
  s.skill_name,
  a.skill_name as adjacent_skill_name,
  cast(r.place as bigint) as place,
  cast(r.people as bigint) as people,
  cast(r.people_adjacent as bigint) as people_adjacent,
  cast(r.people_both as bigint) as people_both,
  r.share,
  r.lift,
  r.overlap,
  cast($as_of as date) as as_of
from ranked r
left join marts.dim_skill s on s.organization_id = r.organization_id and s.skill_key = r.skill_key
left join marts.dim_skill a
  on a.organization_id = r.organization_id and a.skill_key = r.adjacent_skill_key
where r.place <= 10
