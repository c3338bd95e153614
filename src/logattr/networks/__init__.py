"""Lists of networks and AS numbers, and what they say about an address.

``intervals`` answers membership for a whole column of addresses, ``lists`` reads list files,
``providers`` holds the built-in table of operators, and ``signals`` turns hits into classes.
"""
