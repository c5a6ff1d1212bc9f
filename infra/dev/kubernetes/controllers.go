package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apiserver/pkg/quota/v1/generic"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/disruption"
	"k8s.io/kubernetes/pkg/controller/endpoint"
	"k8s.io/kubernetes/pkg/controller/endpointslice"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/job"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
	"k8s.io/kubernetes/pkg/controller/replicaset"
	"k8s.io/kubernetes/pkg/controller/resourcequota"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
	"k8s.io/kubernetes/pkg/controller/ttlafterfinished"
	quota "k8s.io/kubernetes/pkg/quota/v1/install"
	resourcemetrics "k8s.io/metrics/pkg/client/clientset/versioned/typed/metrics/v1beta1"
	"k8s.io/metrics/pkg/client/custom_metrics"
	"k8s.io/metrics/pkg/client/external_metrics"
)

// Defaults of kube-controller-manager.
const (
	workers             = 5
	resync              = 12 * time.Hour
	rediscovery         = 30 * time.Second
	endpointsPerSlice   = 100
	autoscalerSync      = 15 * time.Second
	downscaleWindow     = 5 * time.Minute
	autoscalerTolerance = 0.1
	cpuInitialization   = 5 * time.Minute
	initialReadiness    = 30 * time.Second
	quotaSync           = 5 * time.Minute
	clientQPS           = 400
	clientBurst         = 600
)

// environment is what controllers are made from.
type environment struct {
	config    *rest.Config
	client    kubernetes.Interface
	metadata  metadata.Interface
	scales    scale.ScalesGetter
	mapper    *restmapper.DeferredDiscoveryRESTMapper
	informers informers.SharedInformerFactory
	// everything includes kinds without a typed client.
	everything informerfactory.InformerFactory
	started    chan struct{}
}

// runControllers starts the controllers of what a deployment to a namespace needs: those of nodes, volumes and certificates
// are left out.
func runControllers(ctx context.Context, kubeconfig string) error {
	env, err := newEnvironment(kubeconfig)
	if err != nil {
		return err
	}
	go wait.UntilWithContext(ctx, func(context.Context) { env.mapper.Reset() }, rediscovery)
	for _, start := range []func(context.Context, environment) error{
		startWorkloads, startServices, startBudgets, startAutoscaler, startQuota, startNamespaces, startGarbageCollector,
	} {
		if err := start(ctx, env); err != nil {
			return err
		}
	}
	env.informers.Start(ctx.Done())
	env.everything.Start(ctx.Done())
	close(env.started)
	return nil
}

func newEnvironment(kubeconfig string) (environment, error) {
	env := environment{started: make(chan struct{})}
	var err error
	if env.config, err = clientcmd.BuildConfigFromFlags("", kubeconfig); err != nil {
		return env, err
	}
	env.config.QPS, env.config.Burst = clientQPS, clientBurst
	env.config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(env.config)
	if err != nil {
		return env, err
	}
	env.client = client
	if env.metadata, err = metadata.NewForConfig(env.config); err != nil {
		return env, err
	}
	env.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	resolver := scale.NewDiscoveryScaleKindResolver(client.Discovery())
	env.scales, err = scale.NewForConfig(env.config, env.mapper, dynamic.LegacyAPIPathResolverFunc, resolver)
	if err != nil {
		return env, err
	}
	env.informers = informers.NewSharedInformerFactory(client, resync)
	env.everything = informerfactory.NewInformerFactory(
		env.informers, metadatainformer.NewSharedInformerFactory(env.metadata, resync))
	return env, nil
}

func startWorkloads(ctx context.Context, env environment) error {
	apps, pods, jobs := env.informers.Apps().V1(), env.informers.Core().V1().Pods(), env.informers.Batch().V1().Jobs()
	deployments, err := deployment.NewDeploymentController(ctx, apps.Deployments(), apps.ReplicaSets(), pods, env.client)
	if err != nil {
		return fmt.Errorf("deployments: %w", err)
	}
	replicaSets := replicaset.NewReplicaSetController(ctx, apps.ReplicaSets(), pods, env.client, replicaset.BurstReplicas)
	jobController, err := job.NewController(ctx, env.client, pods, jobs, nil, nil)
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	finished := ttlafterfinished.New(ctx, jobs, env.client)
	go deployments.Run(ctx, workers)
	go replicaSets.Run(ctx, workers)
	go jobController.Run(ctx, workers)
	go finished.Run(ctx, workers)
	return nil
}

func startServices(ctx context.Context, env environment) error {
	core := env.informers.Core().V1()
	slices := endpointslice.NewController(ctx, core.Pods(), core.Services(), core.Nodes(),
		env.informers.Discovery().V1().EndpointSlices(), endpointsPerSlice, env.client, 0)
	// The API server's proxy to services reads the older kind.
	endpoints := endpoint.NewEndpointController(ctx, core.Pods(), core.Services(), core.Endpoints(), env.client, 0)
	go slices.Run(ctx, workers)
	go endpoints.Run(ctx, workers)
	return nil
}

func startBudgets(ctx context.Context, env environment) error {
	core, apps := env.informers.Core().V1(), env.informers.Apps().V1()
	budgets := disruption.NewDisruptionController(ctx, core.Pods(), env.informers.Policy().V1().PodDisruptionBudgets(),
		core.ReplicationControllers(), apps.ReplicaSets(), apps.Deployments(), apps.StatefulSets(),
		env.client, env.mapper, env.scales, env.client.Discovery())
	go budgets.Run(ctx)
	return nil
}

func startAutoscaler(ctx context.Context, env environment) error {
	resources, err := resourcemetrics.NewForConfig(env.config)
	if err != nil {
		return err
	}
	external, err := external_metrics.NewForConfig(env.config)
	if err != nil {
		return err
	}
	available := custom_metrics.NewAvailableAPIsGetter(env.client.Discovery())
	custom := custom_metrics.NewForConfig(env.config, env.mapper, available)
	autoscaler := podautoscaler.NewHorizontalController(ctx, env.client.CoreV1(), env.scales, env.client.AutoscalingV2(), env.mapper,
		metrics.NewRESTMetricsClient(resources, custom, external),
		env.informers.Autoscaling().V2().HorizontalPodAutoscalers(), env.informers.Core().V1().Pods(),
		autoscalerSync, downscaleWindow, autoscalerTolerance, cpuInitialization, initialReadiness)
	go autoscaler.Run(ctx, workers)
	return nil
}

func startQuota(ctx context.Context, env environment) error {
	discover := env.client.Discovery().ServerPreferredNamespacedResources
	lister := generic.ListerFuncForResourceFunc(env.informers.ForResource)
	counted, err := quota.NewQuotaConfigurationForControllers(lister, env.informers)
	if err != nil {
		return err
	}
	quotas, err := resourcequota.NewController(ctx, &resourcequota.ControllerOptions{
		QuotaClient:               env.client.CoreV1(),
		ResourceQuotaInformer:     env.informers.Core().V1().ResourceQuotas(),
		ResyncPeriod:              controller.StaticResyncPeriodFunc(quotaSync),
		InformerFactory:           env.everything,
		ReplenishmentResyncPeriod: controller.StaticResyncPeriodFunc(resync),
		DiscoveryFunc:             discover,
		IgnoredResourcesFunc:      counted.IgnoredResources,
		InformersStarted:          env.started,
		Registry:                  generic.NewRegistry(counted.Evaluators()),
		UpdateFilter:              quota.DefaultUpdateFilter(),
	})
	if err != nil {
		return fmt.Errorf("quotas: %w", err)
	}
	go quotas.Run(ctx, workers)
	go quotas.Sync(ctx, discover, rediscovery)
	return nil
}

func startNamespaces(ctx context.Context, env environment) error {
	core := env.informers.Core().V1()
	namespaces := namespace.NewNamespaceController(ctx, env.client, env.metadata,
		env.client.Discovery().ServerPreferredNamespacedResources, core.Namespaces(), resync, corev1.FinalizerKubernetes)
	accounts, err := serviceaccount.NewServiceAccountsController(klog.FromContext(ctx), core.ServiceAccounts(), core.Namespaces(),
		env.client, serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return fmt.Errorf("service accounts: %w", err)
	}
	go namespaces.Run(ctx, workers)
	go accounts.Run(ctx, 1)
	return nil
}

func startGarbageCollector(ctx context.Context, env environment) error {
	ignored := map[schema.GroupResource]struct{}{}
	for resource := range garbagecollector.DefaultIgnoredResources() {
		ignored[resource] = struct{}{}
	}
	graph := garbagecollector.NewDependencyGraphBuilder(ctx, env.metadata, env.mapper, ignored, env.everything, env.started)
	collector, err := garbagecollector.NewComposedGarbageCollector(ctx, env.client, env.metadata, env.mapper, graph)
	if err != nil {
		return fmt.Errorf("garbage collector: %w", err)
	}
	go collector.Run(ctx, workers, rediscovery)
	go collector.Sync(ctx, env.client.Discovery(), rediscovery)
	return nil
}
