{# Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit. #}
-- grain: the renewals of one currency that fall due in one month in one group of employees
with matches as (
  -- a price by the template's id stands before one by name and issuer, and that before one by name
  select x.organization_id, x.employee_id, x.badge_source, x.badge_id, c.amount, c.currency,
    1 as place
  from {{ ref('workforce_source', 'workforce__mart_expiring_badges') }} x
  join {{ ref('workforce_source', 'workforce__fct_badge') }} b
    on b.organization_id = x.organization_id and b.employee_id = x.employee_id
    and b.badge_source = x.badge_source and b.badge_id = x.badge_id
  join {{ ref('workforce_source', 'stg_workforce__badge_cost') }} c on c.template_id = b.template_id
  union all
  select x.organization_id, x.employee_id, x.badge_source, x.badge_id, c.amount, c.currency,
    case when c.issuer_name is null then 3 else 2 end as place
  from {{ ref('workforce_source', 'workforce__mart_expiring_badges') }} x
  join {{ ref('workforce_source', 'stg_workforce__badge_cost') }} c on c.badge_name = x.badge_name
  where c.issuer_name is null or c.issuer_name = x.issuer_name
),
ranked as (
  select m.*, row_number() over (
    partition by m.organization_id, m.employee_id, m.badge_source, m.badge_id order by m.place
  ) as number_of_price
  from matches m
),
priced as (
  select x.organization_id, x.employee_id, x.expires_date, r.amount,
    coalesce(r.currency, '(none)') as currency
  from {{ ref('workforce_source', 'workforce__mart_expiring_badges') }} x
  left join ranked r
    on r.organization_id = x.organization_id and r.employee_id = x.employee_id
    and r.badge_source = x.badge_source and r.badge_id = x.badge_id and r.number_of_price = 1
)
select
  p.organization_id,
  d.month_start_date,
  g.dimension,
  g.dimension_value,
  p.currency,
  cast(count(*) as bigint) as badges_due,
  cast(count(distinct p.employee_id) as bigint) as holders,
  cast(sum(p.amount) as decimal(18, 2)) as renewal_cost,
  {{ workforce_source.as_of() }} as as_of
from priced p
join {{ ref('workforce_source', 'workforce__dim_date') }} d on d.date_day = p.expires_date
join {{ ref('workforce_source', 'workforce__bridge_employee_group') }} g
  on g.organization_id = p.organization_id and g.employee_id = p.employee_id
group by p.organization_id, d.month_start_date, g.dimension, g.dimension_value, p.currency
