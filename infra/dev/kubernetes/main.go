// Command kube is a Kubernetes control plane in one file. The first argument names the program that it becomes.
//
// Tests start it: see control-plane.ts. It is compiled on every machine that runs them, so it holds only what they need:
// the API server and the scheduler are Kubernetes' own programs, the controllers are its own as well, but not all of them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

const usage = `usage: kube kube-apiserver|kube-scheduler [flags]
       kube etcd FOLDER CLIENTS-URL PEERS-URL
       kube controllers KUBECONFIG
       kube nodes KUBECONFIG POD-RANGE STAGES-FILE`

func main() {
	name, args := "", []string{}
	if len(os.Args) > 1 {
		name, args = os.Args[1], os.Args[2:]
	}
	os.Args = append([]string{name}, args...)
	switch {
	case name == "etcd" && len(args) == 3:
		untilSignal(func(ctx context.Context) error { return serveEtcd(ctx, args[0], args[1], args[2]) })
	case name == "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case name == "kube-scheduler":
		os.Exit(cli.Run(scheduler.NewSchedulerCommand()))
	case name == "controllers" && len(args) == 1:
		untilSignal(func(ctx context.Context) error { return runControllers(ctx, args[0]) })
	case name == "nodes" && len(args) == 3:
		untilSignal(func(ctx context.Context) error { return simulateNodes(ctx, args[0], args[1], args[2]) })
	default:
		fail(usage)
	}
}

// untilSignal starts what goes on by itself, and ends with a signal or when it cannot be started.
func untilSignal(start func(context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := start(ctx); err != nil {
		fail(err.Error())
	}
	<-ctx.Done()
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(2)
}
