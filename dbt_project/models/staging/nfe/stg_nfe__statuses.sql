with delivered as (
    {{ latest_version(source('raw', 'nfe__statuses'), ['answers', 'chnfe', 'nrec', 'tpevento', 'nseqevento', 'cstat', 'nprot', 'dhrecbto'], []) }}
),

production as (
    select
        *,
        coalesce(cstat in ('135', '136', '155'), false) as is_registered
    from delivered
    where version_rank = 1 and coalesce({{ to_text('tpamb') }}, '1') = '1'
),

final as (
    select
        {{ surrogate_key(['answers', 'chnfe', 'nrec', 'tpevento', 'nseqevento', 'cstat', 'nprot', 'dhrecbto']) }} as response_id,
        {{ to_text('chnfe') }} as access_key,
        cast(cast(substring({{ to_text('chnfe') }}, 26, 9) as integer) as {{ dbt.type_string() }}) as document_number,
        cast(cast(substring({{ to_text('chnfe') }}, 23, 3) as integer) as {{ dbt.type_string() }}) as series,
        {{ to_text('answers') }} as answers,
        case when answers = 'event' and is_registered then {{ to_text('tpevento') }} else cstat end as status_code,
        {{ to_text('xmotivo') }} as reason_text,
        {{ to_text('xjust') }} as justification,
        {{ to_text('nprot') }} as protocol_number,
        answers <> 'event' or is_registered as is_about_the_document,
        {{ to_timestamp('dhrecbto') }} as responded_at,
        {{ to_date('dhrecbto') }} as responded_date,
        {{ known_columns() }}
    from production
)

select * from final
