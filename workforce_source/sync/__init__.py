"""One run: what is listed, compared, confirmed gone and read, and in which packages it is written.

How packages reach the destination is not known here (`loading`).
"""
