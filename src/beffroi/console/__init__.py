"""Console: what people see of a watch and do with its signs: a web application on loopback.

`app` is the door. `live` and `replay` are what goes over sockets, `frame` and `message` in which form.
`api` is the table of routes, `openapi` its description; `pages` gives the built web files, `readsb` and
`metrics` what other programs read; `security` stands before all of it.
"""
