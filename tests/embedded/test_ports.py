import socket

import pytest

from handrail.embedded import Ports, PortTaken


def test_free_ports_are_all_different() -> None:
    ports = Ports.free()

    assert len({ports.gateway, ports.console, ports.simulators, ports.temporal}) == 4


def test_a_base_moves_all_ports() -> None:
    assert Ports.from_base(9000) == Ports(9000, 9001, 9010, 9020)


def test_a_taken_port_is_told_with_the_setting_that_moves_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ports = Ports(gateway=taken, console=1, simulators=2, temporal=3)

        with pytest.raises(
            PortTaken, match=rf"Port {taken} for the gateway .* HANDRAIL_GATEWAY_PORT or --gateway-port"
        ):
            ports.must_be_free({"gateway"})


def test_only_the_ports_of_chosen_parts_are_asked_for() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = Ports(gateway=other.getsockname()[1], console=1, simulators=2, temporal=3)

        ports.must_be_free(set())
