"""What the worker and the coordinator share as HTTP servers."""

import asyncio
import os
import resource
import signal
import socket
import threading

from aiohttp import web

from .report import StandinError, info

BACKLOG = 4096
GRACE_SECONDS = 2


def reason(error):
    """Why a connection failed, in a few words; aiohttp's own texts speak of its inner state."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, OSError) and cause.errno and cause.errno > 0:
        return os.strerror(cause.errno)
    return str(error) or type(error).__name__


def raise_file_limit():
    """A benchmark opens thousands of connections: take all the descriptors that the node allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def bind(host, port):
    """Takes the port before anything else is started, as the real server does."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        raise StandinError(f"Failed to bind socket to {host}:{port}: {error}") from error
    return listener


async def in_thread(function, *arguments):
    """Runs a blocking function in a thread that never keeps the process from ending."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def settle(setter, value):
        if not done.done():
            setter(value)

    def hand_over(setter, value):
        try:
            loop.call_soon_threadsafe(settle, setter, value)
        except RuntimeError:
            pass  # The server has ended meanwhile, and nobody waits any more.

    def run():
        try:
            result = function(*arguments)
        except BaseException as error:  # handed to whoever awaits
            hand_over(done.set_exception, error)
        else:
            hand_over(done.set_result, result)

    threading.Thread(target=run, daemon=True).start()
    return await done


async def serve(app, listener, load, summary, watch=None):
    """Serves `app` until SIGTERM or SIGINT, and then says its `summary`. `load` makes it ready and `watch`
    sees that it stays so; if one of them fails, so does the server."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)

    runner = web.AppRunner(app, access_log=None, keepalive_timeout=600)
    await runner.setup()
    await web.SockSite(runner, listener, backlog=BACKLOG, shutdown_timeout=0.2).start()

    async def load_and_say():
        await load()
        host, port = listener.getsockname()
        info("Application startup complete.")
        info(f"Serving on http://{host}:{port}")

    loading = asyncio.ensure_future(load_and_say())
    stopping = asyncio.ensure_future(stopped.wait())
    watching = None
    try:
        await asyncio.wait({loading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if loading.done():
            loading.result()
            if watch:
                watching = asyncio.ensure_future(watch())
                await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
                # What stops a step stops the leader too, perhaps a moment before this process.
                await asyncio.wait({stopping}, timeout=GRACE_SECONDS)
                if not stopping.done():
                    watching.result()
        await stopping
        info("Shutting down")
    finally:
        # Before anything that takes time: where a launcher ends first, its step's log is closed.
        if loading.done() and not loading.exception():
            info(summary())
        if watching:
            watching.cancel()
        loading.cancel()
        stopping.cancel()
        await runner.cleanup()
