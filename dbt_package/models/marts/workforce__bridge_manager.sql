{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: one employee below a manager, at any depth up to 15
-- Up the line by powers of two: recursion is not there in every warehouse, and a circle has no end.
with people as (
  select organization_id, external_id, min(employee_id) as employee_id
  from {{ ref('workforce_source', 'workforce__dim_employee') }}
  where external_id <> ''
  group by organization_id, external_id
  -- an id that two share says of neither that they are the manager
  having count(*) = 1
),
up_1 as (
  select e.organization_id, e.employee_id, m.employee_id as manager_id
  from {{ ref('workforce_source', 'workforce__dim_employee') }} e
  join people m on m.organization_id = e.organization_id and m.external_id = e.manager_external_id
  where m.employee_id <> e.employee_id
),
up_2 as (
  select a.organization_id, a.employee_id, b.manager_id
  from up_1 a
  join up_1 b on b.organization_id = a.organization_id and b.employee_id = a.manager_id
),
up_4 as (
  select a.organization_id, a.employee_id, b.manager_id
  from up_2 a
  join up_2 b on b.organization_id = a.organization_id and b.employee_id = a.manager_id
),
up_8 as (
  select a.organization_id, a.employee_id, b.manager_id
  from up_4 a
  join up_4 b on b.organization_id = a.organization_id and b.employee_id = a.manager_id
),
-- every depth is a sum of them, as every number below 16 is of 1, 2, 4 and 8
to_1 as (
  select organization_id, employee_id, employee_id as manager_id, 0 as depth
  from {{ ref('workforce_source', 'workforce__dim_employee') }}
  union all
  select organization_id, employee_id, manager_id, 1 as depth from up_1
),
to_3 as (
  select organization_id, employee_id, manager_id, depth from to_1
  union all
  select t.organization_id, t.employee_id, u.manager_id, t.depth + 2 as depth
  from to_1 t
  join up_2 u on u.organization_id = t.organization_id and u.employee_id = t.manager_id
),
to_7 as (
  select organization_id, employee_id, manager_id, depth from to_3
  union all
  select t.organization_id, t.employee_id, u.manager_id, t.depth + 4 as depth
  from to_3 t
  join up_4 u on u.organization_id = t.organization_id and u.employee_id = t.manager_id
),
to_15 as (
  select organization_id, employee_id, manager_id, depth from to_7
  union all
  select t.organization_id, t.employee_id, u.manager_id, t.depth + 8 as depth
  from to_7 t
  join up_8 u on u.organization_id = t.organization_id and u.employee_id = t.manager_id
),
nearest as (
  -- in a circle everybody is met again and again
  select organization_id, manager_id, employee_id, min(depth) as depth
  from to_15
  where manager_id <> employee_id
  group by organization_id, manager_id, employee_id
)
select
  n.organization_id,
  n.manager_id,
  n.employee_id,
  cast(n.depth as bigint) as depth,
  e.is_known,
  {{ workforce_source.as_of() }} as as_of
from nearest n
join {{ ref('workforce_source', 'workforce__dim_employee') }} e
  on e.organization_id = n.organization_id and e.employee_id = n.employee_id
