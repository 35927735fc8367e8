-- Policy names only reasons, entities and currencies that policy knows. One test for all seeds, because a node of dbt costs
-- more than the question.
{% set names = [
    ('legal_entities', 'currency_code', 'currencies', 'currency_code'),
    ('system_of_record', 'legal_entity_id', 'legal_entities', 'legal_entity_id'),
    ('tax_rates', 'legal_entity_id', 'legal_entities', 'legal_entity_id'),
    ('tax_rules', 'tax_code', 'tax_rates', 'tax_code'),
    ('customer_documents', 'legal_entity_id', 'legal_entities', 'legal_entity_id'),
    ('milestone_billing', 'legal_entity_id', 'legal_entities', 'legal_entity_id'),
    ('rejection_causes', 'reason_code', 'reason_codes', 'reason_code'),
    ('order_checks', 'reason_code', 'reason_codes', 'reason_code'),
    ('draft_checks', 'reason_code', 'reason_codes', 'reason_code'),
    ('credit_rules', 'reason_code', 'reason_codes', 'reason_code'),
    ('routing', 'reason_code', 'reason_codes', 'reason_code'),
    ('collections_rules', 'reason_code', 'reason_codes', 'reason_code'),
    ('comparison_rules', 'reason_code', 'reason_codes', 'reason_code'),
] %}

-- depends_on: {{ ref('collections_rules') }}
-- depends_on: {{ ref('comparison_rules') }}
-- depends_on: {{ ref('credit_rules') }}
-- depends_on: {{ ref('currencies') }}
-- depends_on: {{ ref('customer_documents') }}
-- depends_on: {{ ref('draft_checks') }}
-- depends_on: {{ ref('legal_entities') }}
-- depends_on: {{ ref('milestone_billing') }}
-- depends_on: {{ ref('order_checks') }}
-- depends_on: {{ ref('reason_codes') }}
-- depends_on: {{ ref('rejection_causes') }}
-- depends_on: {{ ref('routing') }}
-- depends_on: {{ ref('system_of_record') }}
-- depends_on: {{ ref('tax_rates') }}
-- depends_on: {{ ref('tax_rules') }}

{% for seed, column, known_in, field in names %}
select
    '{{ seed }}' as seed,
    '{{ column }}' as column_name,
    naming.{{ column }} as unknown_name,
    'this seed names something that {{ known_in }} does not know' as what_differs
from {{ ref(seed) }} as naming
left join {{ ref(known_in) }} as known on naming.{{ column }} = known.{{ field }}
where naming.{{ column }} is not null and known.{{ field }} is null
{{ "union all" if not loop.last }}
{% endfor %}
