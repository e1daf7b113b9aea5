package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"
)

const (
	previousStdout = "PULUMI_COMMAND_STDOUT"
	previousStderr = "PULUMI_COMMAND_STDERR"
)

// run runs one command on the host and puts its output into the state. The text of stdin is in no message.
func (s *CommandState) run(ctx context.Context, command string) error {
	client, err := s.Connection.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // everything is read by then
	// The end of the context (cancelled, or customTimeouts) ends the session: sshd closes the command's pipes.
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()

	session, err := client.NewSession()
	if err != nil {
		return fmt.Errorf("opening a session on %s: %w", s.Connection.Host, err)
	}
	if err := s.setEnvironment(ctx, session); err != nil {
		return err
	}
	var stdout, stderr, both bytes.Buffer
	var lock sync.Mutex // stdout and stderr are copied side by side
	// A logger for each, so that the end of a line on one isn't taken for that of a line on the other.
	logStdout := &lineLogger{log: p.GetLogger(ctx).InfoStatus}
	logStderr := &lineLogger{log: p.GetLogger(ctx).InfoStatus}
	session.Stdout = locked{&lock, writers(&stdout, &both, s.Logging.stdout(), logStdout)}
	session.Stderr = locked{&lock, writers(&stderr, &both, s.Logging.stderr(), logStderr)}

	stdin, err := session.StdinPipe()
	if err != nil {
		return fmt.Errorf("opening stdin of the session on %s: %w", s.Connection.Host, err)
	}
	if err = session.Start(command); err == nil {
		// Not through session.Stdin, whose failure is the session's: a command may end well without reading all of it.
		go func() {
			_, _ = io.WriteString(stdin, valueOr(s.Stdin, ""))
			_ = stdin.Close()
		}()
		err = session.Wait()
	}
	logStdout.flush()
	logStderr.flush()
	if err != nil {
		return failure(ctx, err, command, text(both.Bytes()))
	}
	s.Stdout = strings.TrimSuffix(text(stdout.Bytes()), "\n")
	s.Stderr = strings.TrimSuffix(text(stderr.Bytes()), "\n")
	return nil
}

// text makes valid UTF-8 of what a command printed: the engine takes nothing else, and a command that has run must not
// fail for what it printed.
func text(output []byte) string { return strings.ToValidUTF8(string(output), "\uFFFD") }

// setEnvironment asks the server to set variables. It refuses those that its AcceptEnv doesn't name: an error for the
// user's own, a warning for the previous output, which is an offer.
func (s *CommandState) setEnvironment(ctx context.Context, session *ssh.Session) error {
	const hint = "the SSH server must accept the variable by AcceptEnv; " +
		"or put it before the command itself, as in 'NAME=value command'"
	for name, value := range s.Environment {
		if err := session.Setenv(name, value); err != nil {
			return fmt.Errorf("environment variable %q can't be set on %s: %w (%s)", name, s.Connection.Host, err, hint)
		}
	}
	if !valueOr(s.AddPreviousOutputInEnv, true) {
		return nil
	}
	for name, value := range map[string]string{previousStdout: s.Stdout, previousStderr: s.Stderr} {
		if value == "" {
			continue
		}
		if err := session.Setenv(name, value); err != nil {
			p.GetLogger(ctx).Warningf("%s can't be set on %s: %v (%s; 'addPreviousOutputInEnv: false' ends this warning)",
				name, s.Connection.Host, err, hint)
		}
	}
	return nil
}

// failure says how the command ended, which one it was and all that it printed.
func failure(ctx context.Context, err error, command, output string) error {
	var exit *ssh.ExitError
	if !errors.As(err, &exit) {
		if ctx.Err() != nil {
			err = ended(ctx)
		} else {
			err = fmt.Errorf("the connection was lost before the command ended: %w", err)
		}
	}
	return fmt.Errorf("%w: running %q:\n%s", err, command, output)
}

func writers(own, both io.Writer, logged bool, log io.Writer) io.Writer {
	if logged {
		return io.MultiWriter(own, both, log)
	}
	return io.MultiWriter(own, both)
}

type locked struct {
	lock *sync.Mutex
	to   io.Writer
}

func (w locked) Write(data []byte) (int, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.to.Write(data)
}

// lineLogger logs whole lines. A line of any length passes: a very long one is logged in pieces.
type lineLogger struct {
	log  func(string)
	rest []byte
}

const longestLogged = 64 << 10

func (l *lineLogger) Write(data []byte) (int, error) {
	l.rest = append(l.rest, data...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		switch {
		case end >= 0:
			l.log(strings.TrimSuffix(text(l.rest[:end]), "\r"))
			l.rest = l.rest[end+1:]
		case len(l.rest) >= longestLogged:
			l.flush()
		default:
			return len(data), nil
		}
	}
}

func (l *lineLogger) flush() {
	if len(l.rest) > 0 {
		l.log(text(l.rest))
		l.rest = nil
	}
}
