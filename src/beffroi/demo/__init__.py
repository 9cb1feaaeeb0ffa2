"""Demo: three hours of real traffic over Paris, and simulated sensors that see drones among it.

recorded   finds the recording in the installed package `traffic` (data only, nothing of it is imported)
transmit   sends what the simulator makes to the watch, over loopback, as its real protocols
show       the live table, and the summary
play       the whole: the watch on one side, the simulator on the other, the judge beside them
"""
