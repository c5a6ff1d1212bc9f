package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/apis/v1alpha1"
	"sigs.k8s.io/kwok/pkg/client/clientset/versioned"
	"sigs.k8s.io/kwok/pkg/kwok/controllers"
	"sigs.k8s.io/kwok/pkg/utils/client"
)

// How many nodes and pods kwok moves on at once; its own defaults.
const parallel = 4

type stages = map[internalversion.StageResourceRef][]*internalversion.Stage

// simulateNodes has kwok take care of all nodes and their pods, by the stages in the file: one in JSON after the other.
func simulateNodes(ctx context.Context, kubeconfig, podRange, stagesFile string) error {
	byKind, err := readStages(stagesFile)
	if err != nil {
		return err
	}
	clients, err := client.NewClientset("", kubeconfig)
	if err != nil {
		return err
	}
	config := controllers.Config{
		Clock:                      clock.RealClock{},
		ImpersonatingDynamicClient: clients.ToImpersonatingDynamicClient(),
		ImpersonatingTypedClient:   clients.ToImpersonatingTypedClient(),
		ManageAllNodes:             true,
		CIDR:                       podRange,
		NodeIP:                     "127.0.0.1",
		LocalStages:                byKind,
		PodPlayStageParallelism:    parallel,
		NodePlayStageParallelism:   parallel,
		NodeLeaseParallelism:       parallel,
		PodsOnNodeSyncParallelism:  parallel,
	}
	var restConfig *rest.Config
	err = errors.Join(
		set(&restConfig, clients.ToRESTConfig),
		set(&config.DynamicClient, clients.ToDynamicClient),
		set(&config.RESTMapper, clients.ToRESTMapper),
	)
	if err != nil {
		return err
	}
	rest, err := rest.RESTClientFor(restConfig)
	if err != nil {
		return err
	}
	config.RESTClient = rest
	if config.TypedClient, err = kubernetes.NewForConfig(restConfig); err != nil {
		return err
	}
	if config.TypedKwokClient, err = versioned.NewForConfig(restConfig); err != nil {
		return err
	}
	if config.ID, err = controllers.Identity(); err != nil {
		return err
	}
	nodes, err := controllers.NewController(config)
	if err != nil {
		return err
	}
	return nodes.Start(ctx)
}

func set[T any](target *T, get func() (T, error)) (err error) {
	*target, err = get()
	return err
}

func readStages(file string) (stages, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	byKind := stages{}
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var read v1alpha1.Stage
		if err := decoder.Decode(&read); errors.Is(err, io.EOF) {
			return byKind, nil
		} else if err != nil {
			return nil, err
		}
		stage, err := internalversion.ConvertToInternalStage(&read)
		if err != nil {
			return nil, err
		}
		byKind[stage.Spec.ResourceRef] = append(byKind[stage.Spec.ResourceRef], stage)
	}
}
