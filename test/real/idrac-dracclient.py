"""Does with python-dracclient what it is told on standard input, and says what came of it on standard output.

In:  {"host", "port", "username", "password", "steps": [[name, argument...], ...]}
Out: one JSON line per step: {"value": ...} or {"error": class, "text": ...}
"""
import json
import logging
import sys
import time
import warnings

# It verifies no certificate and warns of that at each request.
warnings.simplefilter('ignore')
logging.disable(logging.CRITICAL)

from dracclient import client as dracclient
from dracclient import wsman


def settings(client, group):
    found = client.list_idrac_settings(by_name=True)
    plain = {
        name: {'current': one.current_value, 'pending': one.pending_value, 'readOnly': one.read_only}
        for name, one in found.items()
        if name.startswith(group + '#')
    }
    return {'group': plain, 'count': len(found)}


def follow(client, job_id):
    seen = []
    until = time.monotonic() + 20
    while time.monotonic() < until:
        status = client.get_job(job_id).status
        if status not in seen:
            seen.append(status)
        if status in ('Completed', 'Failed'):
            return seen
    raise RuntimeError('the job does not end: %r' % seen)


def enumerate_unoptimised(client, resource):
    """Without optimisation there is only a context at first; everything is pulled."""
    answer = client.client.enumerate(resource, optimization=False, auto_pull=False)
    context, count, pulls = client.client._enum_context(answer), 0, 0
    while context is not None:
        answer = client.client.pull(resource, context, max_elems=40)
        context = client.client._enum_context(answer)
        count += len(answer.find('.//{%s}Items' % wsman.NS_WSMAN_ENUM))
        pulls += 1
    return {'count': count, 'pulls': pulls}


def enumerate_at_once(client, resource):
    """Not asking first whether the BMC is ready."""
    answer = wsman.Client.enumerate(client.client, resource)
    items = answer.find('.//{%s}Items' % wsman.NS_WSMAN)
    return {one.find('{%s}InstanceID' % resource).text: one.find('{%s}CurrentValue' % resource).text
            for one in items}


STEPS = {
    'settings': settings,
    'set': lambda client, values: client.set_idrac_settings(values),
    'commit': lambda client: client.commit_pending_idrac_changes(),
    'commit_later': lambda client: client.commit_pending_idrac_changes(start_time=None),
    'follow': follow,
    'abandon': lambda client: client.abandon_pending_idrac_changes(),
    'jobs': lambda client: [job.status for job in client.list_jobs()],
    'unfinished': lambda client: [job.id for job in client.list_jobs(only_unfinished=True)],
    'delete_jobs': lambda client: client.delete_jobs(),
    'delete_job': lambda client, job_id: client.delete_jobs([job_id]),
    'ready': lambda client: client.is_idrac_ready(),
    'recovery': lambda client: client.is_lifecycle_in_recovery(),
    'power': lambda client: client.get_power_state(),
    'set_power': lambda client, state: client.set_power_state(state),
    'system': lambda client: client.get_system()._asdict(),
    'reset': lambda client: client.reset_idrac(force=True),
    'at_once': enumerate_at_once,
    'unoptimised': enumerate_unoptimised,
}


def main():
    told = json.load(sys.stdin)
    client = dracclient.DRACClient(
        told['host'], told['username'], told['password'], port=told['port'],
        ready_retries=1, ready_retry_delay=0)
    for name, *arguments in told['steps']:
        try:
            said = {'value': STEPS[name](client, *arguments)}
        except Exception as error:
            said = {'error': type(error).__name__, 'text': str(error)}
        print(json.dumps(said), flush=True)


main()
