package remote

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"
)

const (
	previousStdout = "PULUMI_COMMAND_STDOUT"
	previousStderr = "PULUMI_COMMAND_STDERR"
)

// errNotText is what the published plugin's answer to the engine ends with, after the command has run.
var errNotText = errors.New("string field contains invalid UTF-8")

// errLongLine ends a step that the published plugin would never end: it stops reading there, so the command stops
// writing.
var errLongLine = errors.New("a line of 64 KiB or more was logged, which holds the published plugin for ever")

// run runs one command on the host and puts its output into the state. The text of stdin is in no message.
//
// As in the published plugin the context reaches dials only, not a command that runs: cancelled or out of time, the step
// ends when the command does. And the connection stays open until the plugin ends.
func (s *CommandState) run(ctx context.Context, command string) error {
	client, err := s.Connection.dial(ctx)
	if err != nil {
		return err
	}
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close() //nolint:errcheck // everything is read by then
	if err := s.setEnvironment(ctx, session); err != nil {
		return err
	}
	if valueOr(s.Stdin, "") != "" {
		session.Stdin = strings.NewReader(*s.Stdin)
	}
	var stdout, stderr, both bytes.Buffer
	var lock sync.Mutex // stdout and stderr are copied side by side
	log := logLines(p.GetLogger(ctx).InfoStatus, session.Close)
	session.Stdout = locked{&lock, writers(s.Logging.stdout(), log, &stdout, &both)}
	session.Stderr = locked{&lock, writers(s.Logging.stderr(), log, &stderr, &both)}

	err = session.Run(command)
	if logErr := log.end(); logErr != nil {
		err = logErr
	}
	if err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, command, both.String())
	}
	s.Stdout = strings.TrimSuffix(stdout.String(), "\n")
	s.Stderr = strings.TrimSuffix(stderr.String(), "\n")
	if !utf8.ValidString(s.Stdout) || !utf8.ValidString(s.Stderr) {
		return errNotText
	}
	return nil
}

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

func writers(logged bool, log io.Writer, kept ...io.Writer) io.Writer {
	if logged {
		kept = append(kept, log)
	}
	return io.MultiWriter(kept...)
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

// lineLog logs what is written to it, a line at a time, on either output.
type lineLog struct {
	*io.PipeWriter
	done chan error
}

// logLines starts a log. A line that is too long ends it, and with it the step, by giveUp.
func logLines(log func(string), giveUp func() error) lineLog {
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(reader) // with its usual limit, as published
		for lines.Scan() {
			log(lines.Text())
		}
		if lines.Err() == nil {
			done <- nil
			return
		}
		_ = reader.CloseWithError(errLongLine)
		_ = giveUp() // what it closes may be closed already
		done <- errLongLine
	}()
	return lineLog{writer, done}
}

// end waits until all is logged.
func (l lineLog) end() error {
	_ = l.Close() // never fails (see its documentation)
	return <-l.done
}
