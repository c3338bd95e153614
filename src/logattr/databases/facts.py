"""What databases tell beyond the columns of addresses: one table, as in :mod:`logattr.columns`.

A reader puts these into the dictionary that it makes of a record, beside our columns. Results have them
in the column ``facts``, but for those that go with a place; ``logattr db info`` shows them all.
"""

from __future__ import annotations

from logattr.columns import Column

__all__ = ["FACTS"]

_ROWS = """
geo_tz | text | time zone of the place, by its IANA name | not said
geo_postal | text | postal code, often its first part only | not said
as_domain | text | web domain of the holder of the AS | not said
as_type | text | what the holder of the AS does: isp, hosting, business, education, government | not said
isp | text | company that gives the address its access | not said
organization | text | company that uses the network | not said
organization_domain | text | web domain of that company | not said
organization_type | text | what that company does, in the words of as_type | not said
domain | text | second-level domain of the address's host name | not said
connection_type | text | Cable/DSL, Cellular, Corporate, Dialup or Satellite | not said
user_type | text | who uses the network, in the vendor's words: residential, hosting, ... | not said
is_mobile | bool | network of a mobile carrier | not said
is_satellite | bool | access by satellite, whose place is weak | not said
carrier | text | mobile carrier | no mobile network, or not said
mobile_country_code | text | MCC of the carrier (ITU-T E.212) | no mobile network, or not said
mobile_network_code | text | MNC of the carrier | no mobile network, or not said
static_ip_score | float64 | 0 (changes daily) to 99.99 (static), after MaxMind | not said
ip_risk | float64 | 0 to 100, risk after MaxMind | not said
users_in_ipv4_32 | int64 | users seen at the address | not said
users_in_ipv4_24 | int64 | users seen in its /24 | not said
users_in_ipv6_64 | int64 | users seen in its /64 | not said
users_in_ipv6_48 | int64 | users seen in its /48 | not said
users_in_ipv6_32 | int64 | users seen in its /32 | not said
devices_daily | int64 | devices seen a day, an order of magnitude | not said
devices_weekly | int64 | devices seen a week, an order of magnitude | not said
devices_monthly | int64 | devices seen a month, an order of magnitude | not said
average_income | int64 | average income in US dollars of the area | not said
population_density | int64 | people per square kilometre of the area | not said
"""

#: Facts without a column of their own, by name.
FACTS: dict[str, Column] = {
    column.name: column for column in (Column(*row.split(" | ")) for row in _ROWS.strip().splitlines())
}
