package remote

import (
	"context"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
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
	mustCreate(t, CommandInputs{Connection: s.connection(), Create: ptr("exit 0"), Stdin: &large})
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

func TestLongLinesAndBytesThatAreNoText(t *testing.T) {
	s := startServer(t)
	for _, logging := range []*Logging{nil, ptr(LogNone)} {
		inputs := CommandInputs{
			Connection: s.connection(), Logging: logging, Create: ptr("head -c 300000 /dev/zero | tr '\\0' x"),
		}
		equal(t, "length", len(mustCreate(t, inputs).Stdout), 300000)
		inputs.Create = ptr(`printf 'a\377b'`)
		equal(t, "stdout", mustCreate(t, inputs).Stdout, "a\uFFFDb")
	}
}

func TestLoggerCutsOnlyLongLines(t *testing.T) {
	var lines []string
	logger := &lineLogger{log: func(line string) { lines = append(lines, line) }}
	for _, part := range []string{"on", "e\r\ntwo\nth", "ree", strings.Repeat("x", longestLogged), "end\nrest"} {
		if _, err := logger.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	logger.flush()
	equal(t, "lines", len(lines), 5)
	equal(t, "start and end", lines[0]+","+lines[1]+","+lines[3]+","+lines[4], "one,two,end,rest")
}

func TestHostKeyMismatchFailsAtOnce(t *testing.T) {
	s, other := startServer(t), startServer(t)
	connection := s.connection()
	connection.HostKey, connection.DialErrorLimit = other.connection().HostKey, ptr(unlimitedDialErrors)
	_, err := create(t.Context(), CommandInputs{Connection: connection, Create: ptr("true")})
	wantError(t, err, "host key isn't the pinned one", "SHA256:", "127.0.0.1")
	equal(t, "dials", s.dials.Load(), 1)

	// The server has no key of the pinned type at all.
	connection.HostKey = ptr("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7" +
		"opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=")
	_, err = create(t.Context(), CommandInputs{Connection: connection, Create: ptr("true")})
	wantError(t, err, "no common algorithm for host key")
	equal(t, "dials", s.dials.Load(), 2)

	connection.HostKey = ptr("nonsense")
	_, err = create(t.Context(), CommandInputs{Connection: connection, Create: ptr("true")})
	wantError(t, err, "hostKey", "authorized_keys")

	connection.HostKey = nil
	mustCreate(t, CommandInputs{Connection: connection, Create: ptr("true")})
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
	wantError(t, err, "after 4 failed attempts", "127.0.0.1:")
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
	wantError(t, err, "customTimeouts", "dials")
	if dials := s.dials.Load(); dials < 5 {
		t.Errorf("only %d dials", dials)
	}
}

// A listener that accepts and never speaks is what a host under heavy load looks like.
func TestSilentServerIsGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck
	port := float64(listener.Addr().(*net.TCPAddr).Port)
	connection := Connection{endpoint: endpoint{
		Host: "127.0.0.1", Port: &port, Password: ptr("x"), PerDialTimeout: ptr(1), DialErrorLimit: ptr(0),
	}}
	_, err = create(t.Context(), CommandInputs{Connection: connection, Create: ptr("true")})
	wantError(t, err, "no SSH handshake within 1s")
}

func TestCancellationClosesTheSession(t *testing.T) {
	s := startServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		inputs := CommandInputs{Connection: s.connection(), Create: ptr("echo begun; exec sleep 600")}
		_, err := create(ctx, inputs)
		result <- err
	}()
	<-s.running
	cancel()
	select {
	case err := <-result:
		wantError(t, err, "cancelled")
	case <-time.After(10 * time.Second):
		t.Fatal("still running 10 s after the cancellation")
	}
	select {
	case <-s.ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the server still has the connection")
	}
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
