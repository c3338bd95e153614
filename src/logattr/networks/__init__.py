"""Lists of networks and AS numbers, and what they say about an address.

``classes`` is the table of what evidence can mean, ``intervals`` answers membership for a whole column
of addresses, ``entries`` and ``lists`` read list files, ``providers`` holds the built-in table of
operators, and ``signals`` turns hits into one verdict per address.
"""
