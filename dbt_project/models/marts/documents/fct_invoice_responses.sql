with network_answers as (
    select
        response_id,
        network,
        document_number,
        status_code,
        network_reason_code,
        reason_text,
        business_term,
        expected_value,
        action_code,
        sender_name,
        supplier_ids,
        document_date,
        responded_at,
        responded_date,
        known_at,
        known_date
    from {{ ref('stg_einvoicing__responses') }}
),

authority_answers as (
    select
        response_id,
        'nfe' as network,
        document_number,
        status_code,
        status_code as network_reason_code,
        coalesce(justification, reason_text) as reason_text,
        cast(null as {{ dbt.type_string() }}) as business_term,
        cast(null as {{ dbt.type_string() }}) as expected_value,
        cast(null as {{ dbt.type_string() }}) as action_code,
        cast(null as {{ dbt.type_string() }}) as sender_name,
        '|' || substring(access_key, 7, 14) || '|' as supplier_ids,
        cast(null as date) as document_date,
        responded_at,
        responded_date,
        known_at,
        known_date
    from {{ ref('stg_nfe__statuses') }}
    where is_about_the_document
),

answers as (
    select * from network_answers
    union all
    select * from authority_answers
),

states as (
    select * from {{ ref('network_states') }}
),

codes as (
    select * from {{ ref('refusal_codes') }}
),

fields as (
    select * from {{ ref('document_fields') }}
),

letterheads as (
    select * from {{ ref('letterheads') }}
),

numbers_of_ours as (
    select
        legal_entity_id,
        vat_id as number
    from letterheads
    union all
    select
        legal_entity_id,
        tax_registration as number
    from letterheads
    union all
    select
        legal_entity_id,
        registration_number as number
    from letterheads
    union all
    select
        legal_entity_id,
        electronic_address as number
    from letterheads
),

written_alike as (
    select
        legal_entity_id,
        '|' || upper(replace(replace(replace(replace(number, ' ', ''), '.', ''), '/', ''), '-', '')) || '|' as number
    from numbers_of_ours
    where number is not null and trim(number) <> ''
),

-- An answer that bears numbers of two of our companies tells none.
addressed as (
    select
        answers.network,
        answers.response_id,
        min(written_alike.legal_entity_id) as legal_entity_id
    from answers
    inner join written_alike on {{ dbt.position('written_alike.number', 'answers.supplier_ids') }} > 0
    group by answers.network, answers.response_id
    having min(written_alike.legal_entity_id) = max(written_alike.legal_entity_id)
),

-- The authority of Brazil has hundreds of codes from 200 on, and each that is not listed turns a document down.
with_state as (
    select
        answers.*,
        coalesce(states.state, case when answers.network = 'nfe' then 'rejected_by_platform' else 'noted' end) as state,
        codes.reason_code as coded_reason,
        coalesce(answers.business_term, codes.business_term) as term_at_fault,
        codes.owner as coded_owner,
        codes.prevented_by as coded_prevented_by,
        codes.is_preventable
    from answers
    left join states on answers.network = states.network and answers.status_code = states.status_code
    left join codes on answers.network = codes.network and answers.network_reason_code = codes.code
),

final as (
    select
        {{ surrogate_key(['with_state.network', 'with_state.response_id']) }} as response_key,
        with_state.response_id,
        with_state.network,
        addressed.legal_entity_id,
        with_state.document_number,
        with_state.status_code,
        with_state.state,
        with_state.network_reason_code,
        case
            when with_state.state not in ('rejected_by_platform', 'refused_by_buyer', 'disputed', 'under_query', 'suspended', 'accepted_in_part')
                then null
            -- A code that says little is told by the field that the answer names.
            when
                with_state.business_term is not null
                and fields.reason_code is not null
                and coalesce(with_state.coded_reason, 'REFUSED_WITHOUT_CODE')
                in ('REFUSED_WITHOUT_CODE', 'MISSING_REFERENCE', 'LEGAL_DETAIL_MISSING', 'DOCUMENT_INVALID')
                then fields.reason_code
            else coalesce(with_state.coded_reason, 'REFUSED_WITHOUT_CODE')
        end as reason_code,
        with_state.reason_text,
        with_state.term_at_fault as business_term,
        fields.field_name,
        with_state.expected_value,
        with_state.action_code,
        with_state.sender_name,
        with_state.coded_owner as owner,
        case when with_state.business_term is not null then coalesce(fields.prevented_by, with_state.coded_prevented_by) else with_state.coded_prevented_by end
            as prevented_by,
        coalesce(with_state.is_preventable, false) as is_preventable,
        with_state.state in ('rejected_by_platform', 'refused_by_buyer') as is_rejection,
        with_state.document_date,
        with_state.responded_at,
        with_state.responded_date,
        with_state.known_at,
        with_state.known_date
    from with_state
    left join fields on with_state.term_at_fault = fields.business_term
    left join addressed on with_state.network = addressed.network and with_state.response_id = addressed.response_id
)

select * from final
