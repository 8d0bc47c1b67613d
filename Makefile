# `make` prints the targets. Everything here can be done with cargo alone;
# CONTRIBUTING.md has the commands.

CARGO ?= cargo
# What `make check` checks, and flags for it: make check SPECS=specs FLAGS=-v
SPECS ?= specs/moe.yaml
FLAGS ?=

export CARGO

# Where cargo builds, a person's own settings respected.
TARGET = $(shell $(CARGO) metadata --locked --no-deps --format-version 1 \
	| sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')

.DEFAULT_GOAL := help
.PHONY: help check test build toolchain fmt lint doc guide bench size rendered

help: ## Print these lines
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) \
		| awk -F'|' '{ printf "  make %-9s %s\n", $$1, $$2 }'

check: build ## Set up this machine, build, and gate specs/moe.yaml
	@scripts/setup-adapter.sh "$(TARGET)/release/gate"
	"$(TARGET)/release/gate" check $(FLAGS) $(SPECS)

test: toolchain ## Set up this machine, and pass all tests, those on an adapter too
	$(CARGO) test --locked --all-features --no-run
	@scripts/setup-adapter.sh "$(TARGET)/debug/gate"
	$(CARGO) test --locked --all-features

build: toolchain ## Build the gate: target/release/gate
	$(CARGO) build --locked --release

fmt: ## Format the sources
	$(CARGO) fmt

lint: ## Formatting and clippy, warnings denied, with and without the GPU
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-features --all-targets -- -D warnings
	$(CARGO) clippy --locked --no-default-features --all-targets -- -D warnings

doc: ## Build the documentation of the library, warnings denied
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --all-features --no-deps

guide: ## Build the guide as a book, where there is mdBook: target/guide
	@command -v mdbook >/dev/null || { \
		echo "there is no mdbook here: \`cargo install mdbook\` brings it; docs/src/introduction.md reads as well without" >&2; \
		exit 1; \
	}
	mdbook build docs --dest-dir "$(TARGET)/guide"

bench: ## List the benchmarks, each with its command
	@for file in benches/*.rs benches/*/main.rs; do \
		[ -e "$$file" ] || continue; \
		name=$${file#benches/}; name=$${name%.rs}; name=$${name%/main}; \
		printf '  %s bench --bench %-12s %s\n' "$(CARGO)" "$$name" \
			"$$(sed -n '1s|^//! *||p' "$$file")"; \
	done

size: toolchain ## Print what the program weighs: size, packages, start
	$(CARGO) bench --locked --bench size

rendered: build ## Render the templates again into shaders/rendered
	"$(TARGET)/release/gate" render --out shaders/rendered specs

# Not for a person to type: a Rust that is new enough, and a linker.
toolchain:
	@scripts/setup-toolchain.sh
