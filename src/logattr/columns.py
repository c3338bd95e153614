"""The one table of columns: name, Arrow type, unit, meaning, and what null means.

Every stage takes and gives Arrow tables whose columns are declared here and nowhere else; the
documentation, the command line and the tests read this table.

Importing this module imports nothing heavy; :func:`schema` brings in pyarrow when it is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ADDRESSES", "CLIENTS", "EVENTS", "EVIDENCE_LINES", "REJECTS", "Column", "schema"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one table.

    Parameters
    ----------
    name
        Its name; carries the unit where there is one.
    type
        Arrow type by its short name: ``category`` is a dictionary-encoded string, ``text`` a plain
        string, ``texts`` a list of strings, ``time`` microseconds in UTC, ``json`` text holding JSON.
    meaning
        What it says.
    null
        What a missing value means.
    """

    name: str
    type: str
    meaning: str
    null: str


def _columns(rows: str) -> tuple[Column, ...]:
    """Read ``name | type | meaning | what null means`` rows."""
    parts = (line.split(" | ") for line in rows.strip().splitlines())
    return tuple(Column(*(cell.strip() for cell in row)) for row in parts)


EVENTS = _columns("""
source | category | name of the input the line came from | never null
line | int64 | number of the line in its input, counted from 1 | never null
offset | int64 | position of the line's first byte in the decoded input | never null
time | time | when, in UTC | the line gives no readable time
time_zone_known | bool | whether the log itself says its offset from UTC; false: timezone= was assumed | no time
client_ip | category | canonical address of the client | the line names no address for its client
client_raw | category | the client column as logged | the log says `-` or has no such column
client_host | category | host name that stands where an address would | an address stands there
client_rule | category | the rule that chose client_ip | never null
peer_ip | category | canonical address of the connecting peer | not logged, or not an address
forwarded | category | forwarded-for list as logged | not logged
user | category | authenticated or logged-in user | nobody, or not logged
method | category | request method | no readable request line
target | text | request target exactly as logged; the whole request line where that is not HTTP | no request
path | text | path of the target without query, percent escapes kept | no readable request line
query | text | query of the target without `?` | no query, or no readable request line
protocol | category | protocol with version | not given, or no readable request line
status | int16 | response status | not logged, or 000
bytes_sent | int64 | bytes of the response, as the format counts them | the log says `-`
bytes_received | int64 | bytes of the request | not logged
duration_ms | float64 | time taken, in milliseconds | not logged
referrer | category | Referer header, escapes decoded | absent or not logged
user_agent | category | User-Agent header, escapes decoded | absent or not logged
host | category | virtual host or Host header | not logged
operation | category | operation in the log's own words | not logged
action | category | what was done: read, write, list, delete, login, other | cannot be told
bucket | category | bucket or share | not logged
object_key | text | object key or file name, as logged | not logged, or no object
request_id | text | the server's identifier of the request | not logged
tls | category | TLS version and cipher | not logged, or no TLS
format | category | name of the format that read the line | never null
extra | json | fields without a column of their own, an object by directive or variable name | none
""")

REJECTS = _columns("""
source | category | name of the input the line came from | never null
line | int64 | number of the line in its input, counted from 1 | never null
offset | int64 | position of the line's first byte in the decoded input | never null
reason | category | why the line is no event | never null
text | text | the line, cut to its first 4096 bytes | never null
""")

ADDRESSES = _columns("""
ip | text | the address asked about, canonical | what was asked is not an address
ip_version | int8 | 4 or 6 | not an address
ip_scope | category | IANA scope: global, private, cgnat, loopback, link_local, ... or invalid | never null
ip_embedding | category | v4_mapped, v4_compat, 6to4, teredo or nat64 when an IPv4 address is inside | none inside
ip_lookup | text | the address that was looked up | not an address
geo_status | category | ok, country_only, registered_only, continent_only, not_found, not_global, invalid, no_db | never null
geo_country | category | ISO 3166-1 alpha-2 code of where the database places the address | unknown
geo_country_name | category | its name in the database, else in ISO 3166 | unknown
geo_registered_country | category | country in which the network is registered; not a location | unknown
geo_represented_country | category | country represented by a base or embassy | none
geo_continent | category | continent code: AF AN AS EU NA OC SA | unknown
geo_region | category | ISO 3166-2 code of the first level | the database does not say
geo_region_name | category | its name in the database | the database does not say
geo_subregion | category | ISO 3166-2 code of the second level | one level only, or not said
geo_subregion_name | category | its name in the database | one level only, or not said
geo_city | category | city name in the database | the database does not say
geo_lat | float64 | latitude of the area's middle in degrees; never a pin on a map | the database does not say
geo_lon | float64 | longitude of the area's middle in degrees | the database does not say
geo_accuracy_km | float64 | radius in km that the vendor gives with 67 % confidence | the database does not say
geo_is_anycast | bool | the vendor says that the network is announced from many places | the database does not say
geo_network | text | network that matched, CIDR | no record
geo_db | category | database that answered | none answered
geo_db_build | date | day on which that database was built | none answered
geo_db_age_days | int32 | days from the build to the event (a client's last day); negative: the database is newer | no database, or no event date
geo_copy | category | which dated copy of that database answered: only (there is one), before (the newest not later than the event), after (the earliest: all are later), newest (no event date) | none answered
geo_rule | category | why that database: only (no other has a country), priority (first in the order asked, of several), no_country (none has one) | none answered
geo_default_point | category | country or region: the coordinates stand for all of it, because the record has no city, or has the point of a record without one that was met in the same lookup | a city's coordinates, or none
geo_is_satellite | bool | a database says that the connection goes over a satellite | none says
geo_sources_n | int32 | vendors with a country for the address; databases of one vendor count once | never null
geo_country_agree | int32 | how many of them give this country | no country
geo_region_agree | int32 | how many of them give this region | no region
geo_city_agree | int32 | how many of them give this city, but for case, accents and brackets | no city
geo_distance_km | float64 | km to the farthest coordinates of another vendor | fewer than two vendors with coordinates
geo_answers | json | what every database says: a list of {db, vendor, build, country, region, subregion, city, lat, lon, accuracy_km, distance_km}, in the order asked | fewer than two have a country
geo_alternatives | json | differing answers, one per vendor: a list of {db, country, region, subregion} | all agree
geo_now | json | place after the newest copies: {db, build, status, country, region, subregion, city, lat, lon, accuracy_km} | the same, or no copy is newer than those that answered
as_number | int64 | autonomous system that announces the network | unknown, or no database of networks
as_org | category | its holder | unknown
as_network | text | network that matched, CIDR | unknown
as_db | category | database that answered | none answered
as_db_build | date | day on which that database was built | none answered
as_db_age_days | int32 | days from the build to the event, as geo_db_age_days | no database, or no event date
as_copy | category | which dated copy of that database answered, as geo_copy | none answered
as_sources_n | int32 | vendors with a number for the address | never null
as_agree | int32 | how many of them give this number | unknown
as_alternatives | json | differing numbers, one per vendor: a list of {db, number, org} | all agree
as_now | json | after the newest copies: {number, org, network, db, build} | the same, or no copy is newer than those that answered
anon_class | category | strongest class of evidence; none_found or not_assessed without | never null
anon_strength | category | exact, range or as_only | no evidence
anon_provider | category | provider that the evidence names | no evidence, or unnamed
anon_evidence | json | every piece: a list of {source, class, strength, provider, value, network, date, lineage}, with first_seen and last_seen where the source says | no evidence
anon_sources_checked | int32 | sources that were asked | never null
anon_lineages_hit | int32 | independent origins among the sources that answered | never null
anon_newest_source | date | date of the newest source asked; of the built-in table only where no other has one | no source has a date
anon_age_days | int32 | days from that date to the event; negative: the source is newer | no such date, or no event date
anon_class_now | category | anon_class after the newest copies of lists and databases | the same, or no copy is newer than those that answered
anon_provider_now | category | anon_provider after the newest copies | anon_class_now is null, or no provider is named
anon_evidence_now | json | anon_evidence after the newest copies | anon_class_now is null, or they have no evidence
anon_newest_source_now | date | date of the newest source after the newest copies | no copy is newer than those that answered
facts | json | what databases know beyond these columns: a list of {db, build} and facts such as isp, domain, connection_type, in the order asked | none knows more
""")

CLIENTS = (
    *_columns("""
client | text | canonical address, or the host name or raw text that stands in its place | never null
requests | int64 | events | never null
first_seen | time | first event, UTC | no event has a time
last_seen | time | last event, UTC | no event has a time
days_active | int32 | days (UTC) with events | never null
hours | texts | hours of the week in which it came, from Monday on, in UTC, and the events in each: `Mon 08: 12` | never null
sessions | int32 | runs of events with gaps of at most 30 minutes | never null
bytes_sent | int64 | sum over the events that state it, negative ones as 0; ends at 2^62 | never null
bytes_received | int64 | sum over the events that state it, as for bytes_sent | never null
ok | int64 | events with status 200-399 | never null
not_found | int64 | events with status 404 or 410 | never null
failed | int64 | events with another status from 400 up | never null
no_request | int64 | events without a readable request line | never null
reads | int64 | successful reads (status 2xx, or none logged by a storage or transfer log) | never null
writes | int64 | successful writes, as for reads | never null
lists | int64 | successful listings, as for reads | never null
deletes | int64 | successful deletions, as for reads | never null
logins | int64 | successful log-ins, as for reads | never null
paths | texts | its most frequent paths, at most 10 | never null
user_agents | texts | its most frequent user agents, at most 5 | never null
users | texts | its users that something was served to, at most 10 | never null
noise | category | observer, robot, scanner, watcher | no such label
noise_reason | text | why it is labelled so | no such label
place_match | category | in, out or undetermined | no place was asked for
place | category | code of the place asked for that decided | out of all
place_level | category | level that decided: country, region, subregion | nothing could decide
place_agreement | category | agreed (another vendor gives the same at that level), single (no other vendor does), disputed (another vendor says otherwise) | no place was asked for, or no country is known
class | category | where it is counted; every client is in exactly one class | never null
grade | int8 | 0 to 6, how far the data support the finding | never null
highlighted | bool | whether it is singled out | never null
reasons | texts | what supports the grade | never null
counter_reasons | texts | what speaks against it | never null
missing | texts | what was not available | never null
would_change | texts | what would change the grade | never null
"""),
    *ADDRESSES,
)

EVIDENCE_LINES = _columns("""
client | text | the highlighted client | never null
source | category | name of the input | never null
line | int64 | number of the line, counted from 1 | never null
offset | int64 | position of the line's first byte in the decoded input | never null
time | time | when, in UTC | the line gives no readable time
text | text | the line as logged | never null
""")


def _arrow_types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    return {
        "category": pa.dictionary(pa.int32(), pa.string()),
        "text": pa.string(),
        "texts": pa.list_(pa.dictionary(pa.int32(), pa.string())),
        "json": pa.string(),
        "time": pa.timestamp("us", tz="UTC"),
        "date": pa.date32(),
        "bool": pa.bool_(),
        "int8": pa.int8(),
        "int16": pa.int16(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float64": pa.float64(),
    }


@cache
def schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Arrow schema of a table of columns.

    Parameters
    ----------
    columns
        One of the tables of this module.

    Examples
    --------
    >>> schema(REJECTS).field("offset").type
    DataType(int64)
    """
    import pyarrow as pa

    types = _arrow_types()
    return pa.schema([pa.field(column.name, types[column.type]) for column in columns])
