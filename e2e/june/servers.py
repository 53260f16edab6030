"""NATS and LiveKit as local servers. They listen on the one address they are given, loopback unless told otherwise."""

from __future__ import annotations

import json
import secrets
import subprocess
from pathlib import Path

from june.processes import Daemon, accepts, free_port
from june.setup import ensure


class NatsServer:
    """A nats-server with JetStream, its storage under `folder`."""

    def __init__(self, folder: Path, address: str = "127.0.0.1", port: int = 0) -> None:
        port = port or free_port(address)
        self.url = f"nats://{address}:{port}"
        folder.mkdir(parents=True, exist_ok=True)
        command: list[str | Path] = [ensure("nats.server").nats_server, "--addr", address, "--port", str(port)]
        self.daemon = Daemon("nats-server", [*command, "--jetstream", "--store_dir", folder / "jetstream"], folder)
        self.daemon.wait_until(lambda: accepts(address, port))

    def __enter__(self) -> NatsServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.daemon.stop()


class LiveKitServer:
    """A livekit-server with a key of its own; media goes over one UDP port of the same address."""

    def __init__(self, folder: Path, address: str = "127.0.0.1", port: int = 0) -> None:
        port = port or free_port(address)
        self.url = f"ws://{address}:{port}"
        self.api_key = "june"
        self.api_secret = secrets.token_hex(32)
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "livekit.yaml"
        config.touch(mode=0o600)
        config.write_text(self._config(address, port))
        self.daemon = Daemon("livekit-server", [ensure("livekit.server").livekit_server, "--config", config], folder)
        self.daemon.wait_until(lambda: accepts(address, port))

    def _config(self, address: str, port: int) -> str:
        # JSON is YAML. The interface and address lists matter: without them media ports are bound on every interface in
        # spite of bind_addresses. The server also wants to reach itself on loopback.
        settings = {
            "port": port,
            "bind_addresses": list(dict.fromkeys([address, "127.0.0.1"])),
            "rtc": {
                "tcp_port": 0,
                "udp_port": free_port(address),
                "use_external_ip": False,
                "node_ip": address,
                "enable_loopback_candidate": address.startswith("127."),
                "interfaces": {"includes": [interface_of(address)]},
                "ips": {"includes": [f"{address}/32"]},
            },
            "keys": {self.api_key: self.api_secret},
            "logging": {"level": "info"},
            "room": {"auto_create": True, "empty_timeout": 30, "departure_timeout": 5},
        }
        return json.dumps(settings, indent=2)

    def __enter__(self) -> LiveKitServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.daemon.stop()


def interface_of(address: str) -> str:
    """The network interface that carries an IPv4 address."""
    if address.startswith("127."):
        return "lo"
    shown = subprocess.run(["ip", "-json", "address"], check=True, capture_output=True, text=True, timeout=10).stdout
    for interface in json.loads(shown):
        if any(info.get("local") == address for info in interface["addr_info"]):
            return interface["ifname"]
    raise ValueError(f"{address}: expected an address of this machine, got {shown}")
