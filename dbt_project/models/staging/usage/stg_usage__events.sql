with delivered as (
    {{ latest_version(source('raw', 'usage__events'), ['event_id'], []) }}
),

final as (
    select
        event_id,
        {{ to_text('agreement_id') }} as contract_id,
        {{ to_integer('agreement_line') }} as contract_line_number,
        {{ to_text('metric') }} as metric,
        {{ to_quantity('quantity') }} as quantity,
        {{ to_timestamp('occurred_at') }} as occurred_at,
        {{ known_columns() }}
    from delivered
    where version_rank = 1
)

select * from final
