"""Which server of a pool gets the next request."""


class Router:
    """Round robin, or the server with the fewest requests in flight for the balancing kinds."""

    def __init__(self, pool):
        self.urls = pool.urls
        self.balance = pool.router != "round_robin"
        self.turn = 0
        self.in_flight = dict.fromkeys(self.urls, 0)
        self.total = dict.fromkeys(self.urls, 0)

    def take(self):
        """Chooses a server and counts the request as its own until `release`."""
        count = len(self.urls)
        order = [self.urls[(self.turn + step) % count] for step in range(count)]
        self.turn = (self.turn + 1) % count
        url = min(order, key=self.in_flight.get) if self.balance else order[0]
        self.in_flight[url] += 1
        self.total[url] += 1
        return url

    def release(self, url):
        """The server is done with a request."""
        self.in_flight[url] -= 1

    def summary(self):
        """How many requests each server got."""
        return " ".join(f"{url}={count}" for url, count in self.total.items()) or "none"
