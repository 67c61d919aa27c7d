# The two commands a newcomer needs are `make run` and `make test`; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: cluster-test fuzz help run test setup site build size lint fmt deny watch screenshots bench

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

run: ## Install what is missing, build, fill in demo data on first start, and serve
	@scripts/run.sh

test: ## Install what is missing and run every check and test, as CI does
	@scripts/test.sh

cluster-test: ## Play with three servers, a bus and every fault there is, for ten minutes
	@scripts/cluster-test.sh

setup: ## Install the build tools only (then `cargo leptos watch` works)
	@scripts/setup-watch.sh

site: ## Build the optimised site
	@scripts/site.sh

build: site ## Build the optimised site and the server with the site inside
	@scripts/build.sh

size: site ## Measure what a browser downloads on its first visit
	@scripts/size.sh

lint: ## Format check and clippy for server and browser
	@scripts/lint.sh

fuzz: ## Fuzz the parsers of frames and messages for five minutes
	@scripts/fuzz.sh 300

fmt: ## Format the code
	@cargo fmt

deny: ## Check licences and sources of dependencies (installs cargo-deny; minutes, once)
	@scripts/deny.sh

watch: ## Rebuild and reload on every change
	@scripts/setup-watch.sh && . scripts/env.sh && cargo leptos watch

screenshots: build ## Take screenshots of every page into target/screenshots
	@scripts/screenshots.sh

bench: ## Measure speed and memory beside other servers (scripts/bench.sh --quick is shorter)
	@scripts/bench.sh
