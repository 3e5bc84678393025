"""Takes the files of a release to the repositories that package managers read: a Homebrew tap, a Scoop bucket, the AUR,
a branch for nix, and a pull request to winget's.

What the owner has not set up is left out, and said. A repository that has the files already is left as it is, so that a
job can be run again.
"""

import os
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

KNOWN_HOSTS = Path(__file__).resolve().with_name("known_hosts")
WINGET = "microsoft/winget-pkgs"


@dataclass(frozen=True)
class Place:
    """A repository that a package manager reads."""

    title: str
    remote: str
    files: dict  # by their paths there
    secret: str  # the variable that lets a job write there
    branch: str = "main"  # for the first files of an empty repository
    fixed: bool = False  # whether it is that branch always, not the one that the repository shows first


class Repository:
    """A repository elsewhere, written without a work tree: winget's has some hundred thousand files."""

    def __init__(self, folder, remote, options=(), env=None):
        self.options, self.env, self.folder = options, {**os.environ, **(env or {})}, folder
        self.git("init", "--quiet", "--bare", folder)
        self.git("remote", "add", "origin", remote)

    def git(self, *arguments):
        command = ["git", *self.options, *arguments]
        return subprocess.run(command, cwd=self.folder, env=self.env, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

    def head(self):
        """The branch that it shows first; none where it is empty."""
        first = self.git("ls-remote", "--symref", "origin", "HEAD").split("\n")[0]
        return first.split("\t")[0].removeprefix("ref: refs/heads/") or None

    def tip(self, branch):
        """The newest commit of a branch, if there is one."""
        if not self.git("ls-remote", "origin", f"refs/heads/{branch}"):
            return None
        self.git("fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin", f"refs/heads/{branch}")
        return self.git("rev-parse", "FETCH_HEAD")

    def has(self, commit, path):
        return bool(commit and self.git("ls-tree", commit, path))

    def commit(self, parent, files, message, author):
        """The files on top of a commit; none where it has them already."""
        self.git("read-tree", parent or "--empty")
        for path, file in files.items():
            blob = self.git("hash-object", "-w", str(file))
            self.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        tree = self.git("write-tree", "--missing-ok")
        if parent and tree == self.git("rev-parse", f"{parent}^{{tree}}"):
            return None
        for role in ("AUTHOR", "COMMITTER"):
            self.env[f"GIT_{role}_NAME"], self.env[f"GIT_{role}_EMAIL"] = author, f"{author}@users.noreply.github.com"
        return self.git("commit-tree", tree, *(["-p", parent] if parent else []), "-m", message)

    def push(self, commit, branch):
        self.git("push", "--quiet", "origin", f"{commit}:refs/heads/{branch}")


def places(project, made):
    """Where the files of a release go, by the name of the job."""
    of_owner = f"git@github.com:{project.owner}"
    aur = f"ssh://aur@aur.archlinux.org/{project.package}-bin.git"
    return {
        "homebrew": Place("Homebrew", f"{of_owner}/homebrew-tap.git", {"Formula/devtool.rb": made / "devtool.rb"}, "DEPLOY_KEY"),
        "scoop": Place("Scoop", f"{of_owner}/scoop-bucket.git", {"bucket/devtool.json": made / "devtool.json"}, "DEPLOY_KEY"),
        "aur": Place("AUR", aur, {name: made / name for name in ("PKGBUILD", ".SRCINFO")}, "DEPLOY_KEY", "master", fixed=True),
        "nix": Place("nix", f"{project.home}.git", {"flake.nix": made / "flake.nix"}, "GH_TOKEN", "nix", fixed=True),
        "winget": Place("winget", f"https://github.com/{WINGET}.git", of_winget(project, made / "winget"), "GH_TOKEN", "master"),
    }


def of_winget(project, made):
    """By the paths that winget asks for."""
    return {f"{above(project)}/{project.version}/{file.name}": file for file in sorted(made.iterdir())}


def above(project):
    """The folder of all versions, in winget's repository."""
    return f"manifests/{project.owner[0].lower()}/{project.owner}/devtool"


def publish(project, dist, name):
    """What is to be said of it."""
    made = dist.resolve() / "manifests"
    if not made.is_dir():
        raise SystemExit(f"error: there is no {made}: run `python3 packaging/build.py manifests` first")
    known = places(project, made)
    if name not in known:
        raise SystemExit(f"error: there is no place `{name}`; there are {', '.join(known)}")
    place = known[name]
    if not os.environ.get(place.secret):
        return (
            f"{place.title}: not published, since the environment `{name}` has no secret `{place.secret}` "
            "(packaging/README.md says how to set it up)"
        )
    if name == "aur":
        srcinfo(made)
    with tempfile.TemporaryDirectory() as folder:
        options, env = credentials(place, Path(folder))
        if name == "winget":
            return propose(project, place.files, lambda fork: Repository(folder, fork, options, env))
        repository = Repository(folder, place.remote, options, env)
        branch = place.branch if place.fixed else repository.head() or place.branch
        commit = repository.commit(repository.tip(branch), place.files, f"devtool {project.version}", project.owner)
        if commit is None:
            return f"{place.title}: has {project.version} already"
        repository.push(commit, branch)
        return f"{place.title}: {project.version} published"


def credentials(place, folder):
    """Options and variables for git."""
    if place.secret == "GH_TOKEN":
        return ["-c", "credential.helper=", "-c", "credential.helper=!gh auth git-credential"], {}
    key = folder / "key"
    key.touch(0o600)
    key.write_text(os.environ[place.secret].strip() + "\n", encoding="utf-8", newline="\n")
    options = ["IdentitiesOnly=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={KNOWN_HOSTS}"]
    ssh = ["ssh", "-F", "/dev/null", "-i", str(key), *(word for option in options for word in ("-o", option))]
    return [], {"GIT_SSH_COMMAND": shlex.join(ssh)}


def srcinfo(made):
    """What the AUR shows of the package: makepkg's own reading of PKGBUILD, which is checked by that."""
    # Debian's makepkg looks for a pacman, and asks it nothing here.
    env = {"PACMAN": "true", **os.environ}
    said = subprocess.run(["makepkg", "--printsrcinfo"], cwd=made, env=env, check=True, text=True, stdout=subprocess.PIPE)
    (made / ".SRCINFO").write_text(said.stdout, encoding="utf-8", newline="\n")


def gh(*arguments):
    return subprocess.run(["gh", *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def propose(project, files, repository_of):
    """The pull request for winget, from the fork of whoever the token is of."""
    package = f"{project.owner}.devtool"
    login = gh("api", "user", "--jq", ".login")
    fork, branch = f"{login}/{WINGET.split('/')[1]}", f"{package}-{project.version}"
    gh("repo", "sync", fork, "--source", WINGET, "--branch", "master")
    repository = repository_of(f"https://github.com/{fork}.git")
    base, begun = repository.tip("master"), repository.tip(branch)
    kind = "version" if repository.has(base, above(project)) else "package"
    title = f"New {kind}: {package} version {project.version}"
    commit = repository.commit(begun or base, files, title, login)
    if commit:
        repository.push(commit, branch)
    elif not begun:
        return f"winget: has {project.version} already"
    at = ["--repo", WINGET]
    found = gh("pr", "list", *at, "--head", branch, "--author", login, "--state", "all", "--json", "url", "--jq", ".[].url")
    if found:
        return f"winget: proposed already, {found}"
    about = ["--title", title, "--body", f"{project.home}/releases/tag/v{project.version}"]
    made = gh("pr", "create", *at, "--base", "master", "--head", f"{login}:{branch}", *about)
    return f"winget: {project.version} proposed, {made}"
