"""Signals: pointers to events, which say when somebody's badges may have changed.

A signal changes when badges are read and nothing else, so nothing of it is ever trusted. What may
not be in here: what an event is about (`sync/signals.py`), rows, and the destination.
"""
