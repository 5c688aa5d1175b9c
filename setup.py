"""Compute the package list: the repository root is the package `nexus`."""

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOMS = ["core", "core.*", "plugins", "plugins.*", "ui", "ui.*"]


class WithoutSetup(build_py):
    """The root is the package, so its setup.py would be shipped as nexus.setup."""

    def find_package_modules(self, package, package_dir):
        """Leave this file out of the wheel."""
        found = super().find_package_modules(package, package_dir)
        return [m for m in found if m[:2] != ("nexus", "setup")]


if __name__ == "__main__":
    rooms = (f"nexus.{name}" for name in find_packages(include=ROOMS))
    setup(packages=["nexus", *rooms], cmdclass={"build_py": WithoutSetup})
