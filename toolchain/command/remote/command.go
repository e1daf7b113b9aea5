package remote

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// Logging says which output of a command appears in the engine's log.
type Logging string

// The values of Logging; unset means both.
const (
	LogStdout          Logging = "stdout"
	LogStderr          Logging = "stderr"
	LogStdoutAndStderr Logging = "stdoutAndStderr"
	LogNone            Logging = "none"
)

// Values lists the values for the schema.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Value: LogStdout, Description: "Log stdout but not stderr."},
		{Value: LogStderr, Description: "Log stderr but not stdout."},
		{Value: LogStdoutAndStderr, Description: "Log stdout and stderr."},
		{Value: LogNone, Description: "Log neither."},
	}
}

func (l *Logging) stdout() bool { return l == nil || *l == LogStdout || *l == LogStdoutAndStderr }
func (l *Logging) stderr() bool { return l == nil || *l == LogStderr || *l == LogStdoutAndStderr }

// Command is a command that runs on a host when the resource is created, updated and deleted.
type Command struct{}

// CommandInputs are the inputs of a Command.
type CommandInputs struct {
	Connection             Connection        `pulumi:"connection" provider:"secret"`
	Create                 *string           `pulumi:"create,optional"`
	Update                 *string           `pulumi:"update,optional"`
	Delete                 *string           `pulumi:"delete,optional"`
	Triggers               *[]any            `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Stdin                  *string           `pulumi:"stdin,optional"`
	Logging                *Logging          `pulumi:"logging,optional"`
	Environment            map[string]string `pulumi:"environment,optional"`
	AddPreviousOutputInEnv *bool             `pulumi:"addPreviousOutputInEnv,optional"`
}

// CommandState is what the engine keeps of a Command.
type CommandState struct {
	CommandInputs
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// Annotate gives the schema its descriptions.
func (c *Command) Annotate(a infer.Annotator) {
	a.Describe(&c, "A command that runs on a remote host over SSH. One that ends with a status other than 0 fails the step.")
}

// Annotate gives the schema its descriptions and defaults.
func (i *CommandInputs) Annotate(a infer.Annotator) {
	a.Describe(&i.Connection, "How to reach the host.")
	a.Describe(&i.Create, "The command to run when the resource is created.")
	a.Describe(&i.Update, "The command to run when any input changed. Without it, create runs again.")
	a.Describe(&i.Delete, "The command to run when the resource is deleted.")
	a.Describe(&i.Triggers, "A change of any of these values replaces the resource.")
	a.Describe(&i.Stdin, "The text that the command reads on its standard input.")
	a.Describe(&i.Logging, "Which output is logged while the command runs. The outputs are kept in any case. "+
		"Where they carry secrets, choose none and name them in additionalSecretOutputs. Default: both.")
	a.Describe(&i.Environment, "Variables for the command. The SSH server must accept them by AcceptEnv, "+
		"else the step fails.")
	a.Describe(&i.AddPreviousOutputInEnv, "Whether the output of the run before is offered to this one in "+
		"PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR. Unset means true.")
}

// Annotate gives the schema its descriptions.
func (s *CommandState) Annotate(a infer.Annotator) {
	a.Describe(&s.Stdout, "What the command wrote to its standard output, without the last line end.")
	a.Describe(&s.Stderr, "What the command wrote to its standard error, without the last line end.")
}

// Create runs the create command.
func (*Command) Create(
	ctx context.Context, req infer.CreateRequest[CommandInputs],
) (infer.CreateResponse[CommandState], error) {
	response := infer.CreateResponse[CommandState]{ID: req.Name + newID(), Output: CommandState{CommandInputs: req.Inputs}}
	if req.DryRun || req.Inputs.Create == nil {
		return response, nil
	}
	err := response.Output.run(ctx, *req.Inputs.Create)
	return response, err
}

// Update runs the update command, else the create command.
func (*Command) Update(
	ctx context.Context, req infer.UpdateRequest[CommandInputs, CommandState],
) (infer.UpdateResponse[CommandState], error) {
	state := CommandState{CommandInputs: req.Inputs, Stdout: req.State.Stdout, Stderr: req.State.Stderr}
	command := req.Inputs.Update
	if command == nil {
		command = req.Inputs.Create
	}
	var err error
	if !req.DryRun && command != nil {
		err = state.run(ctx, *command)
	}
	return infer.UpdateResponse[CommandState]{Output: state}, err
}

// Delete runs the delete command with the stored state; without one the host isn't contacted.
func (*Command) Delete(ctx context.Context, req infer.DeleteRequest[CommandState]) (infer.DeleteResponse, error) {
	if req.State.Delete == nil {
		return infer.DeleteResponse{}, nil
	}
	return infer.DeleteResponse{}, req.State.run(ctx, *req.State.Delete)
}

func newID() string {
	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails (see its documentation)
	return hex.EncodeToString(random)
}
