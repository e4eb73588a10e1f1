"""A pipeline that a CI job compiles, tries and promotes."""
