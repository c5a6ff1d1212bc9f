package main

import (
	"context"
	"net/url"

	"go.etcd.io/etcd/server/v3/embed"
)

// serveEtcd serves one member, whose data is gone with the control plane: it does not wait for the disk.
func serveEtcd(ctx context.Context, dir, clients, peers string) error {
	config := embed.NewConfig()
	config.Dir, config.LogLevel, config.UnsafeNoFsync = dir, "warn", true
	var err error
	if config.ListenClientUrls, err = one(clients); err != nil {
		return err
	}
	if config.ListenPeerUrls, err = one(peers); err != nil {
		return err
	}
	config.AdvertiseClientUrls, config.AdvertisePeerUrls = config.ListenClientUrls, config.ListenPeerUrls
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	server, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, server.Close)
	return nil
}

func one(text string) ([]url.URL, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	return []url.URL{*parsed}, nil
}
