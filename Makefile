# make up    builds the sandbox and the cluster in it, and prints how to reach it
# make test  runs all tests
# make down  destroys the cluster and the sandbox
.PHONY: up test unit down toolchain

sandbox_pulumi = ./sandbox/run pulumi

up: toolchain
	@mvn -q -B -DskipTests package
	@./sandbox/start
	@./sandbox/run ./sandbox/new-stack
	@$(sandbox_pulumi) up --stack dev --yes --skip-preview
	@$(sandbox_pulumi) stack output --stack dev

down:
	@if ./sandbox/status >/dev/null 2>&1 && $(sandbox_pulumi) stack select dev >/dev/null 2>&1; then \
	  $(sandbox_pulumi) destroy --stack dev --yes --skip-preview; fi
	@./sandbox/stop

test: unit

unit: toolchain
	@./toolchain/test
	@mvn -B -ntp -f sandbox/pom.xml test
	@mvn -B -ntp test

toolchain:
	@./toolchain/setup
