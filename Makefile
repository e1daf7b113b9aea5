# make up        builds the sandbox and the cluster in it, and says how to connect
# make down      destroys the cluster and the sandbox
# make test      runs all tests: those of `make unit`, then a cluster in a sandbox of its own; FULL=1: also the long ones
# make test-lifecycle  changes, grows, shrinks, interrupts and loses parts of a cluster, with what is too long for `make test`
# make unit      runs the tests that need no sandbox, and the static checks
# make examples  installs the library into the local Maven repository and builds the examples, with their tests
# make docs      builds the documentation as a site in target/site, with the library's Javadoc; refuses links that lead nowhere
# make recording films a `make up` into docs/up.svg
# make drill     breaks the sandbox's cluster on purpose and measures what clients see; FULL=1: all faults, 5 times each
# make doctor    finds what somebody changed on the hosts by hand, and what doesn't run as it should; STACK=NAME: elsewhere
# make preflight says what a Proxmox VE lacks for the stack, and the commands that mend it; STACK=NAME: of another stack
# make forget-node NODE=NAME  takes what was on a Proxmox node that is lost for good out of the state; STACK=NAME: of another stack
# make status    prints members, lag, virtual address, balancers, etcd, certificates and fencing; STACK=NAME: elsewhere
# make bench-up  measures how long `make up` and an `up` without changes take, and prints the table
# make bench-failover  drills faults with our timings and with the textbook's, in one run
# make bench-sql  compares queries through the virtual address and at the primary, and our parameters and Debian's
# make bench-scale  measures an `up` for 3, 5 and 7 PostgreSQL members
# make secrets-scan  searches all that a cluster leaves behind for each of its secrets: it builds one, or takes the one that runs
# make security-scan  lets outside judges look at the cluster that `make up` has built
# Make has a rule of its own that makes a program of a .sh file of the same name.
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

.PHONY: up down test unit integration test-lifecycle examples drill doctor status preflight forget-node bench-up bench-scale \
	bench-sql bench-failover secrets-scan security-scan docs recording toolchain

sandbox_pulumi = ./sandbox/run pulumi
jar = target/pgha.jar
drills_jar = drills/target/pgha-drills.jar

up: toolchain $(jar)
	@./sandbox/start
	@./sandbox/run ./sandbox/new-stack
	@$(sandbox_pulumi) up --stack dev --yes --skip-preview
	@echo; echo "To connect, in the shell of ./sandbox/run bash:"; echo
	@$(sandbox_pulumi) stack output --stack dev howToConnect
	@echo; echo "or in short: ./sandbox/psql primary, ./sandbox/psql replica"

down:
	@if ./sandbox/status >/dev/null 2>&1 && $(sandbox_pulumi) stack select dev >/dev/null 2>&1; then \
	  $(sandbox_pulumi) destroy --stack dev --yes --skip-preview; fi
	@./sandbox/stop

test: unit integration

# The sandbox's cluster is there to be broken. The outputs, with their secrets, go through a pipe.
drill: drill_faults = $(if $(FULL),--full --runs 5)
drill:
	@./sandbox/status >/dev/null 2>&1 || { echo "pgha: no cluster runs in the sandbox: make up first" >&2; exit 1; }
	@mvn -q -B -ntp -Dstyle.color=never -DskipTests -f drills/pom.xml package
	@$(sandbox_pulumi) stack output --stack dev --json --show-secrets | \
	  ./sandbox/run java -jar drills/target/pgha-drills.jar --report drills/target/report \
	  $(drill_faults) $(DRILL)

# Of the sandbox's stack, or of another one that the shell's pulumi can reach. The outputs go through a pipe.
doctor status: inspected = $(if $(STACK),pulumi stack output --stack $(STACK),$(sandbox_pulumi) stack output --stack dev)
doctor status: $(drills_jar)
	@$(if $(STACK),,./sandbox/status >/dev/null 2>&1 || \
	  { echo "pgha: no cluster runs in the sandbox: make up first" >&2; exit 1; })
	@$(inspected) --json --show-secrets | $(if $(STACK),,./sandbox/run) \
	  java -cp $(drills_jar) io.github.pgha.drills.Inspect $@

# In the shell that will run `up`: what it has in its environment is what is looked at. PREFLIGHT=--json for programs.
preflight: stack_pulumi = $(if $(STACK),pulumi,$(sandbox_pulumi))
preflight: stack = $(or $(STACK),dev)
preflight: $(jar)
	@$(if $(STACK),,./sandbox/status >/dev/null 2>&1 || \
	  { echo "pgha: the sandbox doesn't run: ./sandbox/start first" >&2; exit 1; }; ./sandbox/run ./sandbox/new-stack >&2)
	@{ $(stack_pulumi) config --stack $(stack) --json --show-secrets && \
	  $(stack_pulumi) stack output --stack $(stack) --json --show-secrets; } | $(if $(STACK),,./sandbox/run) \
	  java -cp $(jar) io.github.pgha.PreflightProgram --stack $(stack) $(PREFLIGHT)

forget-node: $(jar)
	@$(if $(STACK),,./sandbox/run) java -cp $(jar) io.github.pgha.ForgetNodeProgram $(or $(STACK),dev) '$(NODE)'

unit: toolchain
	@./toolchain/test
	@mvn -B -ntp -f sandbox/pom.xml verify
	@mvn -B -ntp -f drills/pom.xml verify
	@mvn -B -ntp verify
	@python3 -m unittest discover -s src/test/python

# In a sandbox of its own name, so that it never touches the one that somebody works with.
integration: toolchain
	@mvn -B -ntp -DskipUTs=true -DskipITs=false $(if $(FULL),-DexcludedITs=none) verify; status=$$?; \
	PGHA_SANDBOX=test ./sandbox/stop; exit $$status

# The same sandbox as `make integration`.
test-lifecycle: toolchain
	@mvn -B -ntp -DskipUTs=true -DskipITs=false -DexcludedITs=none \
	  -Dit.test='ClusterIT,SettingsIT,LifecycleIT,InterruptionIT,LeavesNothingIT' verify; status=$$?; \
	PGHA_SANDBOX=test ./sandbox/stop; exit $$status

examples: toolchain
	@mvn -q -B -ntp -Dstyle.color=never -DskipTests install
	@for example in examples/*/pom.xml; do mvn -q -B -ntp -Dstyle.color=never -f $$example package || exit; done

docs: toolchain
	@./site/build

recording:
	@./bench/recording docs/up.svg

bench-up: toolchain $(jar)
	@./bench/up

bench-scale: toolchain $(jar)
	@./bench/scale

# Both in the cluster that `make up` has built.
bench-sql:
	@./bench/sql

bench-failover:
	@./bench/failover

# Takes the cluster of PGHA_SANDBOX if one runs there, changes its passwords twice, and leaves it as it was but for them.
secrets-scan: toolchain $(jar)
	@mvn -q -B -ntp -Dstyle.color=never test-compile exec:java -Dexec.classpathScope=test \
	  -DmainClass=io.github.pgha.it.SecretsScan -Dpgha.it.sandbox=$${PGHA_SANDBOX:-secrets}

# Outside judges look at the cluster that `make up` has built; see docs/security.md.
security-scan:
	@./sandbox/security-scan

toolchain:
	@./toolchain/setup

$(jar): pom.xml Pulumi.yaml $(shell find src/main cloud-init)
	@mvn -q -B -Dstyle.color=never -DskipTests package
	@touch $@

$(drills_jar): drills/pom.xml $(shell find drills/src/main)
	@mvn -q -B -ntp -Dstyle.color=never -DskipTests -f drills/pom.xml package
	@touch $@
