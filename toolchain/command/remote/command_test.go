package remote

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/crypto/ssh"
)

func ptr[T any](value T) *T { return &value }

// quick makes the pauses between dials short for one test.
func quick(t *testing.T) {
	t.Helper()
	before := firstPause
	firstPause = time.Millisecond
	t.Cleanup(func() { firstPause = before })
}

func create(ctx context.Context, inputs CommandInputs) (CommandState, error) {
	response, err := (&Command{}).Create(ctx, infer.CreateRequest[CommandInputs]{Name: "test", Inputs: inputs})
	return response.Output, err
}

func mustCreate(t *testing.T, inputs CommandInputs) CommandState {
	t.Helper()
	state, err := create(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// wantError checks that there is an error which says all the words.
func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q lacks %q", err, word)
		}
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestOutputsComeWithoutTheLastLineEnd(t *testing.T) {
	s := startServer(t)
	state := mustCreate(t, CommandInputs{Connection: s.connection(), Create: ptr("echo one; echo two; echo three >&2")})
	equal(t, "stdout", state.Stdout, "one\ntwo")
	equal(t, "stderr", state.Stderr, "three")
}

func TestPasswordLogin(t *testing.T) {
	s := startServer(t)
	connection := s.connection()
	connection.PrivateKey, connection.Password = nil, ptr(testPassword)
	equal(t, "stdout", mustCreate(t, CommandInputs{Connection: connection, Create: ptr("echo in")}).Stdout, "in")
}

func TestProxy(t *testing.T) {
	bastion, s := startServer(t), startServer(t)
	connection := s.connection()
	connection.Proxy = &ProxyConnection{endpoint: bastion.connection().endpoint}
	equal(t, "stdout", mustCreate(t, CommandInputs{Connection: connection, Create: ptr("echo in")}).Stdout, "in")
	equal(t, "dials of the bastion", bastion.dials.Load(), 1)
}

func TestFailureTellsStatusCommandAndOutputButNotStdin(t *testing.T) {
	s := startServer(t)
	_, err := create(t.Context(), CommandInputs{
		Connection: s.connection(), Create: ptr("echo seen; echo trouble >&2; exit 3"), Stdin: ptr("hush"),
	})
	wantError(t, err, "status 3", "exit 3", "seen", "trouble")
	if strings.Contains(err.Error(), "hush") {
		t.Errorf("the error tells stdin: %v", err)
	}
}

func TestStdin(t *testing.T) {
	s := startServer(t)
	large := strings.Repeat("0123456789abcdef", 1<<18) // more than any buffer on the way holds
	for _, text := range []string{"", "two\nlines\n", large} {
		inputs := CommandInputs{
			Connection: s.connection(), Create: ptr("wc -c"), Stdin: &text, AddPreviousOutputInEnv: ptr(false),
		}
		equal(t, "length", strings.TrimSpace(mustCreate(t, inputs).Stdout), strconv.Itoa(len(text)))
	}
}

func TestEnvironment(t *testing.T) {
	s := startServer(t)
	inputs := CommandInputs{
		Connection: s.connection(), Create: ptr("echo $APP_NAME"), Environment: map[string]string{"APP_NAME": "a b"},
	}
	equal(t, "stdout", mustCreate(t, inputs).Stdout, "a b")

	inputs.Environment = map[string]string{"OTHER": "x"}
	_, err := create(t.Context(), inputs)
	wantError(t, err, `"OTHER"`, "AcceptEnv")
}

func TestPreviousOutputIsOffered(t *testing.T) {
	s := startServer(t)
	s.acceptEnv = "PULUMI_"
	inputs := CommandInputs{Connection: s.connection(), Create: ptr("echo $PULUMI_COMMAND_STDOUT/new")}
	request := infer.UpdateRequest[CommandInputs, CommandState]{Inputs: inputs, State: CommandState{Stdout: "old"}}
	response, err := (&Command{}).Update(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "stdout", response.Output.Stdout, "old/new")

	s.acceptEnv = "NONE" // only a warning
	if response, err = (&Command{}).Update(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	equal(t, "stdout", response.Output.Stdout, "/new")
}

func TestLongLinesAreKeptButMayNotBeLogged(t *testing.T) {
	s := startServer(t)
	line := func(length int) *string { return ptr(fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x; echo", length)) }
	inputs := CommandInputs{Connection: s.connection(), Create: line(300000), Logging: ptr(LogStderr)}
	equal(t, "length", len(mustCreate(t, inputs).Stdout), 300000)

	inputs.Logging, inputs.Create = nil, line(65535)
	equal(t, "length", len(mustCreate(t, inputs).Stdout), 65535)
	inputs.Create = ptr(*line(65536) + "; exec sleep 600")
	_, err := create(t.Context(), inputs)
	wantError(t, err, "64 KiB")
}

func TestWhatIsNoTextFailsTheStepAfterTheCommandHasRun(t *testing.T) {
	s := startServer(t)
	for _, print := range []string{`printf 'a\377b'`, `printf 'a\377b' >&2`} {
		ran := filepath.Join(t.TempDir(), "ran")
		_, err := create(t.Context(), CommandInputs{
			Connection: s.connection(), Logging: ptr(LogNone), Create: ptr(print + "; touch " + ran),
		})
		wantError(t, err, "invalid UTF-8")
		if _, err := os.Stat(ran); err != nil {
			t.Error(err)
		}
	}
}

// What every script of the library begins with makes the two failures above impossible.
func TestScriptsOfTheLibraryPrintWhatCanBeTaken(t *testing.T) {
	s := startServer(t)
	library, err := os.ReadFile("../../../src/main/resources/io/github/pgha/host/lib.sh")
	if err != nil {
		t.Fatal(err)
	}
	ownState := strings.Replace(string(library), "pgha_state=/var/lib/pgha", "pgha_state="+t.TempDir(), 1)
	if ownState == string(library) {
		t.Fatal("lib.sh has its state somewhere else")
	}
	state := mustCreate(t, CommandInputs{Connection: s.connection(), Create: ptr("bash -s one two"), Stdin: ptr(ownState +
		"head -c 300000 /dev/zero | tr '\\0' x >&2\n" +
		"printf '\\377' >&2\n" +
		"printf 'a\\377b %s' \"$*\"\n")})
	equal(t, "stdout", state.Stdout, "a\uFFFDb one two")
	equal(t, "stderr", strings.ReplaceAll(state.Stderr, "\n", ""), strings.Repeat("x", 300000)+"\uFFFD")

	_, err = create(t.Context(), CommandInputs{
		Connection: s.connection(), Create: ptr("bash -s"), Stdin: ptr(ownState + "echo seen >&2; exit 3"),
	})
	wantError(t, err, "status 3", "seen")
}

func TestAnotherHostKeyIsRetriedUpToTheLimitAndThenTold(t *testing.T) {
	quick(t)
	s, other := startServer(t), startServer(t)
	connection := s.connection()
	connection.HostKey, connection.DialErrorLimit = other.connection().HostKey, ptr(2)
	_, err := create(t.Context(), CommandInputs{Connection: connection, Create: ptr("true")})
	wantError(t, err, "after 2 failed attempts", "ssh: host key mismatch")
	equal(t, "dials", s.dials.Load(), 3)

	// Without a limit nobody hears of it.
	connection.DialErrorLimit = ptr(unlimitedDialErrors)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = create(ctx, CommandInputs{Connection: connection, Create: ptr("true")})
	equal(t, "error", err.Error(), "context deadline exceeded")

	connection.HostKey = ptr("nonsense")
	_, err = create(t.Context(), CommandInputs{Connection: connection, Create: ptr("true")})
	wantError(t, err, "host key")

	connection.HostKey = nil
	mustCreate(t, CommandInputs{Connection: connection, Create: ptr("true")})
}

// Through a proxy the first failure of a handshake is the last one that says why.
func TestAnotherHostKeyBehindAProxyIsNotTold(t *testing.T) {
	quick(t)
	bastion, s := startServer(t), startServer(t)
	connection := s.connection()
	connection.Proxy = &ProxyConnection{endpoint: bastion.connection().endpoint}
	connection.HostKey, connection.DialErrorLimit = bastion.connection().HostKey, ptr(2)
	_, err := create(t.Context(), CommandInputs{Connection: connection, Create: ptr("true")})
	wantError(t, err, "proxy: after 2 failed attempts", "handshake failed")
	if strings.Contains(err.Error(), "mismatch") {
		t.Errorf("it is told: %v", err)
	}
	equal(t, "dials", s.dials.Load(), 1)
}

// OpenSSH signs with an RSA key by SHA-2 only, whose names aren't that of the key's type.
func TestRSAHostKeysDoNotWork(t *testing.T) {
	quick(t)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err == nil {
		signer, err = ssh.NewSignerWithAlgorithms(
			signer.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256})
	}
	if err != nil {
		t.Fatal(err)
	}
	connection := startServerWith(t, signer).connection()
	connection.DialErrorLimit = ptr(0)
	_, err = create(t.Context(), CommandInputs{Connection: connection, Create: ptr("true")})
	wantError(t, err, "no common algorithm for host key")
}

func TestAnAgentThatIsGoneFailsEvenWithAPrivateKey(t *testing.T) {
	s := startServer(t)
	t.Setenv("SSH_AUTH_SOCK", filepath.Join(t.TempDir(), "gone"))
	_, err := create(t.Context(), CommandInputs{Connection: s.connection(), Create: ptr("true")})
	wantError(t, err, "gone", "no such file")
	equal(t, "dials", s.dials.Load(), 0)
}

func TestDialsAreRetriedUpToTheLimit(t *testing.T) {
	quick(t)
	s := startServer(t)
	connection := s.connection()
	connection.DialErrorLimit = ptr(3)
	s.refuse.Store(3)
	mustCreate(t, CommandInputs{Connection: connection, Create: ptr("true")})
	equal(t, "dials", s.dials.Load(), 4)

	s.refuse.Store(100)
	_, err := create(t.Context(), CommandInputs{Connection: connection, Create: ptr("true")})
	wantError(t, err, "after 3 failed attempts", "handshake failed")
	equal(t, "dials", s.dials.Load(), 8)
}

func TestWithoutLimitDialsGoOnUntilTheContextEnds(t *testing.T) {
	quick(t)
	s := startServer(t)
	s.refuse.Store(1 << 30)
	connection := s.connection()
	connection.DialErrorLimit = ptr(unlimitedDialErrors)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := create(ctx, CommandInputs{Connection: connection, Create: ptr("true")})
	equal(t, "error", err.Error(), "context deadline exceeded")
	if dials := s.dials.Load(); dials < 5 {
		t.Errorf("only %d dials", dials)
	}
}

// The time-out of a dial is that of the TCP connection alone: a server that accepts it and then is silent, as one under
// heavy load is, holds the dial for as long as it likes.
func TestSilentServerHoldsTheDial(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck
	port := float64(listener.Addr().(*net.TCPAddr).Port)
	connection := Connection{endpoint: endpoint{
		Host: "127.0.0.1", Port: &port, Password: ptr("x"), PerDialTimeout: ptr(1), DialErrorLimit: ptr(0),
	}}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	result := make(chan error, 1)
	go func() {
		_, err := create(ctx, CommandInputs{Connection: connection, Create: ptr("true")})
		result <- err
	}()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-result:
		t.Fatalf("it didn't wait: %v", err)
	case <-time.After(1500 * time.Millisecond):
	}
	_ = conn.Close()
	wantError(t, <-result, "after 0 failed attempts", "handshake failed")
}

// Neither a time-out nor Ctrl-C reaches a command that runs: the step takes what the command takes, and is done then.
func TestTheContextDoesNotReachACommandThatRuns(t *testing.T) {
	s, gate := startServer(t), filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := create(ctx, CommandInputs{Connection: s.connection(), Create: ptr("read line <" + gate)})
		result <- err
	}()
	<-s.running
	cancel()
	if err := os.WriteFile(gate, []byte("go on\n"), 0o600); err != nil { // waits for the command to read
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Errorf("the step failed: %v", err)
	}
}

func TestConnectionsStayOpen(t *testing.T) {
	s := startServer(t)
	for range 3 {
		mustCreate(t, CommandInputs{Connection: s.connection(), Create: ptr("true")})
	}
	equal(t, "open connections", s.open.Load(), 3)
}

func TestDeleteRunsOnlyWhatIsGiven(t *testing.T) {
	s := startServer(t)
	state := CommandState{CommandInputs: CommandInputs{Connection: s.connection()}}
	if _, err := (&Command{}).Delete(t.Context(), infer.DeleteRequest[CommandState]{State: state}); err != nil {
		t.Fatal(err)
	}
	equal(t, "dials without delete", s.dials.Load(), 0)
	state.Delete = ptr("exit 7")
	_, err := (&Command{}).Delete(t.Context(), infer.DeleteRequest[CommandState]{State: state})
	wantError(t, err, "status 7")
}
