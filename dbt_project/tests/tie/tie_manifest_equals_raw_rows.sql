{{ config(tags=['tie']) }}

-- Every accepted file has exactly the rows in raw that the manifest says, and no other file has any.
with manifest as (
    select * from {{ source('raw', 'landing_manifest') }}
),

loaded as (
    {% for node in (graph.sources.values() if execute else []) if node.source_name == 'raw' and '__' in node.name %}
    {{ 'union all' if not loop.first }}
    select _batch_id as file_key, count(*) as row_count
    from {{ adapter.quote(node.schema) ~ '.' ~ adapter.quote(node.identifier) }}
    group by _batch_id
    {% else %}
    select cast(null as {{ dbt.type_string() }}) as file_key, 0 as row_count where false
    {% endfor %}
),

both_sides as (
    select file_key, case when status = 'accepted' then row_count else 0 end as manifest_count, 0 as raw_count from manifest
    union all
    select file_key, 0, row_count from loaded
),

compared as (
    select file_key, sum(manifest_count) as manifest_count, sum(raw_count) as raw_count
    from both_sides
    group by file_key
    having sum(manifest_count) <> sum(raw_count)
)

select
    compared.file_key,
    manifest.system,
    manifest.source_file,
    manifest.status,
    compared.manifest_count,
    compared.raw_count,
    'raw holds another number of rows than the manifest says of this file' as what_differs
from compared
left join manifest on compared.file_key = manifest.file_key
