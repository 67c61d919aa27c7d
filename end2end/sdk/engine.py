"""The real-time engine as a process of its own on a free port, and a cable to it that a test can cut."""

import asyncio
import json
import os
import pathlib
import re
import subprocess
import threading
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("OPEN_ENGINE_BINARY") or str(
    REPOSITORY / "target/debug/examples/open_engine"
)
KEY = "the key of the tests"


class Engine:
    def __init__(self) -> None:
        # Chosen by the system at the first run, and kept.
        self.port = 0
        self._process: subprocess.Popen | None = None

    def run(self) -> None:
        if not pathlib.Path(BINARY).exists():
            raise FileNotFoundError(
                f'There is no engine at {BINARY}: run "cargo build --features ssr --example '
                'open_engine" first, or say where it is in OPEN_ENGINE_BINARY.'
            )
        words = [BINARY, "--addr", f"127.0.0.1:{self.port}", "--api-key", KEY]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        late = threading.Timer(5, self._process.kill)
        late.start()
        # The line comes, or the process has ended and there is an empty one.
        found = re.match(r"listening on .*:(\d+)$", self._process.stdout.readline())
        late.cancel()
        if found is None:
            self.kill()
            raise RuntimeError("the engine did not start")
        self.port = int(found[1])

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            self._process.stdout.close()
            self._process = None

    async def publish(self, channel: str, *everything) -> None:
        """Publishes these by the server API, one after the other."""
        for data in everything:
            answer = await asyncio.to_thread(self._api, "publish", channel=channel, data=data)
            assert "error" not in answer, answer

    def _api(self, method: str, **body) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{method}",
            data=json.dumps(body).encode(),
            headers={"X-API-Key": KEY},
        )
        # Not by a proxy that the environment may name.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=5) as response:
            return json.load(response)


class Cable:
    """Passes on what goes through it, until it is cut."""

    def __init__(self, port: int) -> None:
        self._far_port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self.port = 0

    async def __aenter__(self) -> "Cable":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_) -> None:
        self.cut()
        self._server.close()

    def cut(self) -> None:
        """Breaks every connection without a word, and lets none through until it is mended."""
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self._is_cut = False

    async def _connected(self, reader, writer) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far_port)
        ends = {writer, far_writer}
        self._writers |= ends
        await asyncio.gather(self._pass_on(reader, far_writer), self._pass_on(far_reader, writer))
        self._writers -= ends

    @staticmethod
    async def _pass_on(reader, writer) -> None:
        try:
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
