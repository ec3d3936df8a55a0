// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

// The client of libcni.sh calls libcni as container runtimes do.
//
//	client add|check|del|cached LIST CONTAINER NETNS IFNAME [NAME=VALUE | NAME:=JSON]...
//
// LIST is a file. NAME=VALUE is added to CNI_ARGS, NAME:=JSON is the value of the capability NAME.
// The client prints a result as one line of JSON to stdout, an error as `CODE MESSAGE DETAILS` to
// stderr. CODE is the plugin's, or 0 if the error is not the plugin's.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/types"
)

func runCommand(command, file string, rt *libcni.RuntimeConf) (result types.Result, err error) {
	cni := libcni.NewCNIConfig(filepath.SplitList(os.Getenv("CNI_PATH")), nil)
	list, err := libcni.ConfListFromFile(file)
	if err != nil {
		return nil, err
	}
	switch command {
	case "add":
		return cni.AddNetworkList(context.Background(), list, rt)
	case "check":
		return nil, cni.CheckNetworkList(context.Background(), list, rt)
	case "del":
		return nil, cni.DelNetworkList(context.Background(), list, rt)
	case "cached":
		return cni.GetNetworkListCachedResult(list, rt)
	}
	return nil, fmt.Errorf("unknown command %q", command)
}

func parseArguments(words []string, rt *libcni.RuntimeConf) error {
	rt.CapabilityArgs = map[string]interface{}{}
	for _, word := range words {
		var value interface{}
		at := strings.SplitN(word, "=", 2)
		name := strings.TrimSuffix(at[0], ":")
		if len(at) != 2 {
			return fmt.Errorf("%q is not NAME=VALUE", word)
		}
		if name == at[0] {
			rt.Args = append(rt.Args, [2]string{name, at[1]})
		} else if err := json.Unmarshal([]byte(at[1]), &value); err != nil {
			return fmt.Errorf("%q: %w", word, err)
		} else {
			rt.CapabilityArgs[name] = value
		}
	}
	return nil
}

func main() {
	var cniError *types.Error
	var result types.Result
	if len(os.Args) < 6 {
		fmt.Fprintln(os.Stderr, "0 client add|check|del|cached LIST CONTAINER NETNS IFNAME",
			"[NAME=VALUE | NAME:=JSON]...")
		os.Exit(2)
	}
	rt := &libcni.RuntimeConf{ContainerID: os.Args[3], NetNS: os.Args[4], IfName: os.Args[5]}
	err := parseArguments(os.Args[6:], rt)
	if err == nil {
		result, err = runCommand(os.Args[1], os.Args[2], rt)
	}
	if errors.As(err, &cniError) {
		fmt.Fprintln(os.Stderr, cniError.Code, cniError.Msg, cniError.Details)
	} else if err != nil {
		fmt.Fprintln(os.Stderr, 0, err)
	}
	if err != nil {
		os.Exit(1)
	}
	if result != nil {
		text, _ := json.Marshal(result)
		fmt.Println(string(text))
	}
}
