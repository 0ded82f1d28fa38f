"""A Dask cluster gives the bits that this process gives, and survives a worker's death."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from light_tasks import die, fail, polars_threads, square, square_or_die_once, square_slowly
from same_bits import bits
from small_company import WINDOW, small, staffed

from o2c_sim import MissingDependencyError, ScenarioError
from scenarios.environment import environment
from scenarios.executors import Dask, dask_cluster
from scenarios.executors.dask_cluster import Tls
from scenarios.experiment import run_replications
from scenarios.store import Store

pytest.importorskip("distributed")
# Dask's own threads and sockets are given back a little after it says so.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def cluster():
    """Return two local workers, for all tests that do not end them."""
    with Dask(workers=2) as executor:
        yield executor


def test_results_come_as_tasks_end_each_once(cluster):
    """More tasks than are sent out at first; the slowest is not waited for."""
    tasks = [0, *range(30, 60)]
    found = list(cluster.run(square_slowly, tasks))
    assert dict(found) == {i: n * n for i, n in enumerate(tasks)}
    assert len(found) == len(tasks)
    assert found[-1][0] != len(tasks) - 1 or found[0][0] != 0, "in the order of their ends"


def test_a_second_lot_uses_the_same_workers(cluster):
    """A search does not start a cluster again and again."""
    assert dict(cluster.run(square, [3])) == {0: 9}
    assert dict(cluster.run(square, [])) == {}
    assert dict(cluster.run(polars_threads, [1, 2])) == {0: 1, 1: 1}


def test_the_tasks_own_exception_comes_back(cluster):
    """And the cluster is still good for the next lot."""
    with pytest.raises(ArithmeticError, match="task 1"):
        list(cluster.run(fail, [1]))
    assert dict(cluster.run(square, [2])) == {0: 4}


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_nothing_is_lost(tmp_path):
    """One task kills its worker with SIGKILL at its first attempt; all results are right."""
    marker = tmp_path / "died"
    tasks = [(n, str(marker) if n == 2 else "") for n in range(6)]
    with Dask(workers=2) as executor:
        assert dict(executor.run(square_or_die_once, tasks)) == {n: n * n for n in range(6)}
    assert marker.exists(), "no worker died: the test shows nothing"


@pytest.mark.slow
def test_replications_are_those_of_this_process_though_a_worker_is_killed(cluster, tmp_path):
    """Two companies, four replications; SIGKILL after the first result, store and all."""
    options = {"seed": 5, "replications": 4, "window": WINDOW}
    plans = [small(), staffed()]
    alone = run_replications(plans, workers=1, **options)
    killed = []

    def kill_one(done, total):
        if not killed:
            killed.append(next(iter(cluster._client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    store = Store(tmp_path / "store")
    shared = run_replications(plans, executor=cluster, store=store, progress=kill_one, **options)
    assert killed
    for one, other in zip(shared, alone, strict=True):
        assert [bits(r) for r in one] == [bits(r) for r in other]
    assert store.contents().replications == 8


def test_an_extension_goes_with_the_task(cluster, tmp_path):
    """A worker of another machine does not have the file."""
    file = tmp_path / "own.py"
    file.write_text(
        "from dataclasses import replace\n"
        "def extend(stages):\n"
        "    def confirm(company, order):\n"
        "        company.own['last'] = company.draws('own.any')(order.number)\n"
        "        stages.confirm(company, order)\n"
        "    return replace(stages, confirm=confirm)\n"
    )
    options = {"seed": 5, "replications": 2, "window": WINDOW, "extension": file}
    alone = run_replications([small()], workers=1, **options)
    shared = run_replications([small()], executor=cluster, **options)
    assert [bits(r) for r in shared[0]] == [bits(r) for r in alone[0]]


@pytest.mark.slow
def test_a_task_that_always_kills_its_worker_is_given_up():
    """Dask tries it on several workers, then says so; never an answer with holes."""
    with (
        Dask(workers=2) as executor,
        pytest.raises(ScenarioError, match="Dask gave up"),
    ):
        list(executor.run(die, [1]))


def test_a_cluster_that_is_there_can_be_joined_and_stays(cluster):
    """By its address; leaving it ends no worker."""
    cluster._connected()
    with Dask(cluster._cluster.scheduler_address) as guest:
        assert dict(guest.run(square, [5])) == {0: 25}
    assert dict(cluster.run(square, [6])) == {0: 36}


@pytest.mark.slow
def test_a_scheduler_that_is_lost_is_said():
    """With how to go on; not as a traceback."""
    host = Dask(workers=1)
    dict(host.run(square, [1]))
    guest = Dask(host._cluster.scheduler_address)
    results = guest.run(square_slowly, [0] * 200)
    next(results)
    host.close()
    with pytest.raises(ScenarioError, match="scheduler was lost"):
        list(results)
    guest.close()


@pytest.mark.parametrize(
    ("scheduler", "tls", "said"),
    [
        ("10.0.0.1:8786", False, "tcp://... or tls://..."),
        ("http://10.0.0.1", False, "tcp://... or tls://..."),
        ("tls://10.0.0.1:8786", False, "needs --tls-ca, --tls-cert and --tls-key"),
        ("tcp://10.0.0.1:8786", True, "--tls-... go with a tls://"),
        (None, True, "--tls-... go with a tls://"),
    ],
)
def test_addresses_and_files_that_do_not_go_together(scheduler, tls, said, tmp_path):
    """Refused before anything is sent anywhere."""
    files = [tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem")]
    for file in files:
        file.touch()
    with pytest.raises(ScenarioError, match=said):
        Dask(scheduler, tls=Tls(*files) if tls else None)
    with pytest.raises(ScenarioError, match="no such file"):
        Dask("tls://10.0.0.1:1", tls=Tls(*files[:2], tmp_path / "absent.pem"))


def test_no_scheduler_at_the_address(monkeypatch):
    """A clear message after a short wait."""
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ScenarioError, match="no Dask scheduler can be reached"):
        list(Dask("tcp://127.0.0.1:9").run(square, [1]))


class FakeClient:
    """Workers that say what they are told to say."""

    def __init__(self, answer):
        self.answer = answer

    def wait_for_workers(self, number, timeout):
        """Find them at once, or never."""
        if self.answer is TimeoutError:
            raise TimeoutError

    def run(self, function):
        """Return or raise the answer."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"tcp://a:1": environment() | {"numpy": "1.0"}}, "this worker has numpy 1.0, not"),
        ({"tcp://a:1": environment() | {"code": "0" * 64}}, "this worker has code 000000"),
        ({"tcp://a:1": {}}, "this worker has python unknown"),
        (ModuleNotFoundError("No module named 'scenarios'"), "lack the toolkit"),
        (TimeoutError, "has no workers"),
    ],
    ids=["package", "code", "old", "absent", "none"],
)
def test_workers_of_another_version_are_refused(answer, said):
    """Which worker, what it has and what it should have."""
    with pytest.raises(ScenarioError, match=said):
        dask_cluster._require_same(FakeClient(answer), "tcp://s:1")
    dask_cluster._require_same(FakeClient({"tcp://a:1": environment()}), "tcp://s:1")


def test_without_the_package_the_extra_is_named(monkeypatch):
    """What to install, in one line."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingDependencyError, match=r"o2c-toolkit\[cluster\]"):
        list(Dask(workers=1).run(square, [1]))


@pytest.fixture
def tls_files(tmp_path):
    """Make an authority and a certificate signed by it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is absent")
    ca, cert, key, request = (tmp_path / n for n in ("ca.pem", "cert.pem", "key.pem", "request"))

    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    common = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *common, "-keyout", tmp_path / "ca.key", "-out", ca, "-subj", "/CN=ca")
    openssl("req", *common, "-keyout", key, "-out", request, "-subj", "/CN=worker")
    signed_by = ("-CA", ca, "-CAkey", tmp_path / "ca.key", "-CAcreateserial")
    openssl("x509", "-req", "-in", request, *signed_by, "-out", cert, "-days", 2)
    return Tls(ca, cert, key)


@pytest.mark.slow
def test_an_encrypted_cluster(tls_files):
    """With the files it works; without them, or with others, nothing goes through."""
    distributed = pytest.importorskip("distributed")
    files = {"tls_ca_file": str(tls_files.ca), "require_encryption": True}
    for role in ("scheduler", "worker", "client"):
        files |= {f"tls_{role}_cert": str(tls_files.certificate)}
        files |= {f"tls_{role}_key": str(tls_files.key)}
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        host="tls://127.0.0.1",
        dashboard_address="127.0.0.1:0",
        security=distributed.Security(**files),
    ) as secured:
        address = secured.scheduler_address
        assert address.startswith("tls://")
        with Dask(address, tls=tls_files) as executor:
            assert dict(executor.run(square, [4])) == {0: 16}
        with pytest.raises(ScenarioError, match="no Dask scheduler can be reached"):
            list(Dask(address.replace("tls", "tcp")).run(square, [4]))
