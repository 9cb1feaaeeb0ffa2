"""Simulate: objects that move as a scenario says, and sensors that see them as real ones do.

    scenario   what happens: a TOML document (`paris.toml` is the demonstration)
    world      where everything is at a time: drones, birds, cars, and the aircraft of a recording
    radar, direction_finder, broadcast, flarm, weather
               one file a sensor: its bytes, as its real protocol has them
    recording  the rows of a recording, in order of time
    judge      who was to be noticed and who was not: only this file knows the truth

All of it is computed from the scenario, a seed and a time. It opens no socket and reads no clock: who sends
the bytes is above. It makes frames of the wire formats, never records of our own.
"""
