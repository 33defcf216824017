"""What the name of a host tells without asking anybody.

What may not be in here: a connection, or a look-up.
"""

from contextlib import suppress
from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """Tell whether a host is this machine itself, which no network lies before.

    Args:
        host: A name or an address, without a port.
    """
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")
