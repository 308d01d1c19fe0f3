# The commands of this repository; `make help` lists them. Everything needs Go,
# git and make. What needs Chromium or Node runs where these are found.

.DEFAULT_GOAL := help
.PHONY: help build test demo bench lint fuzz check
SHELL := /bin/sh

STATICCHECK   := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
TOOLS         := $(CURDIR)/bin/tools
FUZZTIME      ?= 20s

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build bin/laurel
	@echo 'Building bin/laurel. The first time, Go fetches and compiles what it stands on: a few minutes.'
	@tty=; test -t 1 && tty=yes; \
	{ go build -v -trimpath -ldflags='-s -w' -o bin/laurel ./cmd/laurel 2>&1; echo "exit $$?"; } | awk -v "tty=$$tty" "$$PROGRESS"

test: ## Run every test that this machine has the tools for
	go test ./...

demo: build ## Tell the whole story on this machine, then keep the servers up
	@bin/laurel demo

bench: ## Measure, next to the raw floors of the same run
	go test -run '^$$' -bench . -benchmem ./bench

lint: ## Run gofmt, go vet, staticcheck and golangci-lint
	@test -z "$$(gofmt -l .)" || { echo 'gofmt would change:'; gofmt -l .; exit 1; }
	go vet ./...
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) go install $(STATICCHECK)
	GOBIN=$(TOOLS) go install $(GOLANGCI_LINT)
	$(TOOLS)/staticcheck ./...
	$(TOOLS)/golangci-lint run ./...

fuzz: ## Fuzz each parser for FUZZTIME (20s)
	@grep -rn --include='*_test.go' '^func Fuzz' . | sed 's|^\(.*\)/[^/]*_test.go:[0-9]*:func \(Fuzz[A-Za-z0-9_]*\).*|\1 \2|' | \
	while read -r package target; do \
		echo "$$package $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" || exit 1; \
	done

check: ## Run what CI runs
	bash .ci/run

# PROGRESS counts what `go build -v` names, in one line on a terminal and in a
# line now and then elsewhere, and passes on what the compiler has to say.
define PROGRESS
function show(now) {
	line = sprintf("  %d modules fetched, %d packages compiled", fetched, compiled)
	if (tty) printf "\r%s", line
	else if (now || (fetched + compiled) % 100 == 0) print line
	fflush()
}
/^exit [0-9]+$$/               { code = $$2; next }
/^go: downloading /            { fetched++; show(0); next }
/^[A-Za-z0-9_.~\/-]+$$/        { compiled++; show(0); next }
                              { if (tty) printf "\n"; print }
END { show(1); if (tty) printf "\n"; exit code }
endef
export PROGRESS
