# make up    builds the sandbox and the cluster in it, and prints how to reach it
# make test  runs all tests
# make down  destroys the cluster and the sandbox
.PHONY: up test unit down toolchain

sandbox_pulumi = ./sandbox/run pulumi

up: toolchain
	@mvn -q -B -DskipTests package
	@./sandbox/start
	@$(sandbox_pulumi) stack select dev >/dev/null 2>&1 || ./sandbox/new-stack dev
	@$(sandbox_pulumi) up --stack dev --yes --skip-preview
	@$(sandbox_pulumi) stack output --stack dev

down:
	@./sandbox/run pulumi destroy --stack dev --yes || echo "pgha: no stack was destroyed" >&2
	@./sandbox/stop

test: unit

unit: toolchain
	@./toolchain/test
	@mvn -B -ntp test
	@mvn -B -ntp -f sandbox/pom.xml test

toolchain:
	@./toolchain/setup
