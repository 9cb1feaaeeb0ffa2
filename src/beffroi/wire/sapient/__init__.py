"""SAPIENT, BSI Flex 335 v2.0 (2024-03): the interface of autonomous sensors and a fusion node.

`frames` cuts the stream, `message` reads and writes messages, `rules` says what is wrong with one,
`ulid` makes and reads its identifiers, `fusion` and `edge` hold the conversation of the two sides.
Nothing here opens a socket or reads a clock; `beffroi.links.sapient` does.
"""
