"""station.py SECONDS - the scenario of the case `sim` in SimPy: a Poisson stream of 100
customers a second, 16 servers, exponential services of 100 ms, and what they waited."""
import random
import sys

import simpy


def customer(env, servers, waits):
    came = env.now
    with servers.request() as turn:
        yield turn
        waits.append(env.now - came)
        yield env.timeout(random.expovariate(1 / 0.1))


def arrivals(env, servers, waits):
    while True:
        yield env.timeout(random.expovariate(100))
        env.process(customer(env, servers, waits))


random.seed(1)
env = simpy.Environment()
waits = []
env.process(arrivals(env, simpy.Resource(env, capacity=16), waits))
env.run(until=float(sys.argv[1]))
waits.sort()
print(len(waits), waits[len(waits) // 2], waits[len(waits) * 99 // 100], waits[-1])
