# The commands of this repository; `make help` lists them. Everything needs Go,
# git and make. What needs Chromium or Node runs where these are found.

.DEFAULT_GOAL := help
.PHONY: help build dist test race demo bench lint fuzz check
SHELL := /bin/sh

STATICCHECK   := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
TOOLS         := $(CURDIR)/bin/tools
FUZZTIME      ?= 20s

help: ## List the commands
	@while IFS= read -r line; do \
		case "$$line" in [a-z]*:*' ## '*) printf '  make %-7s %s\n' "$${line%%:*}" "$${line#* ## }" ;; esac; \
	done < $(firstword $(MAKEFILE_LIST))

build: ## Build bin/laurel
	@echo 'Building bin/laurel. The first time, Go fetches and compiles what it stands on: a few minutes.'
	@{ go build -v -trimpath -ldflags='-s -w' -o bin/laurel ./cmd/laurel 2>&1; echo "exit $$?"; } | sh -c "$$PROGRESS"

dist: ## Build the static binaries of all systems into dist/, with sums
	bash .ci/dist

# The peers take a minute on two quiet cores, and ten times that on busy ones.
test: ## Run every test that this machine has the tools for
	go test -timeout 30m ./...

# A browser is slow enough without it, and finds no races of ours; while Badger
# collects, it reads a number of its own that it writes elsewhere.
race: ## Run the tests of what serves many at once under the race detector
	go test -race -short -skip 'Browser|Keyboard|Tour|Collecting' ./verifier/... ./issuer/... ./status ./wallet/answer ./wallet/share ./wallet/web \
		./internal/serve ./internal/site ./internal/ui ./internal/fetch ./internal/store/... ./internal/demo

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
	$(TOOLS)/golangci-lint run --allow-parallel-runners ./...

fuzz: ## Fuzz each parser for FUZZTIME (20s)
	@grep -rn --include='*_test.go' '^func Fuzz' . | sed 's|^\(.*\)/[^/]*_test.go:[0-9]*:func \(Fuzz[A-Za-z0-9_]*\).*|\1 \2|' | \
	while read -r package target; do \
		echo "$$package $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" || exit 1; \
	done

check: ## Run what CI runs
	bash .ci/run

# PROGRESS counts what `go build -v` names, in one line on a terminal and in a
# line now and then elsewhere, and passes on what the compiler has to say. It is
# written for any sh: a machine with Go, git and make need not have awk.
define PROGRESS
fetched=0 compiled=0 code=1
show() {
	if test -t 1; then printf '\r  %d modules fetched, %d packages compiled' $$fetched $$compiled
	elif test "$$1" = now || test $$(((fetched + compiled) % 100)) = 0; then
		printf '  %d modules fetched, %d packages compiled\n' $$fetched $$compiled
	fi
}
while IFS= read -r line; do
	case "$$line" in
	'exit '[0-9]*) code=$${line#exit } ;;
	'go: downloading '*) fetched=$$((fetched + 1)); show ;;
	'' | *[!A-Za-z0-9_.~/-]*) if test -t 1; then echo; fi; printf '%s\n' "$$line" ;;
	*) compiled=$$((compiled + 1)); show ;;
	esac
done
show now
if test -t 1; then echo; fi
exit "$$code"
endef
export PROGRESS
