// Prometheus' configuration as prometheus-operator makes it: a Prometheus and its monitors, as JSON
// on standard input, become YAML on standard output.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus-operator/prometheus-operator/pkg/assets"
	"github.com/prometheus-operator/prometheus-operator/pkg/prometheus"
)

type asked struct {
	Prometheus      monitoringv1.Prometheus       `json:"prometheus"`
	ServiceMonitors []monitoringv1.ServiceMonitor `json:"serviceMonitors"`
	PodMonitors     []monitoringv1.PodMonitor     `json:"podMonitors"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var in asked
	reader := json.NewDecoder(os.Stdin)
	reader.DisallowUnknownFields()
	if err := reader.Decode(&in); err != nil {
		return err
	}
	services := map[string]*monitoringv1.ServiceMonitor{}
	for i := range in.ServiceMonitors {
		one := &in.ServiceMonitors[i]
		services[one.Namespace+"/"+one.Name] = one
	}
	pods := map[string]*monitoringv1.PodMonitor{}
	for i := range in.PodMonitors {
		one := &in.PodMonitors[i]
		pods[one.Namespace+"/"+one.Name] = one
	}
	generator, err := prometheus.NewConfigGenerator(nil, &in.Prometheus, prometheus.WithEndpointSliceSupport())
	if err != nil {
		return err
	}
	text, err := generator.GenerateServerConfiguration(
		&in.Prometheus, services, pods, nil, nil, assets.NewTestStoreBuilder(), nil, nil, nil, nil,
	)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}
