// Package check lets google.golang.org/genai drive the emulator at EMULATOR_URL.
package check

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genai"
)

const baseModel = "gemini-2.5-flash"

var (
	ctx        = context.Background()
	baseURL    = os.Getenv("EMULATOR_URL")
	supervised = &genai.TuningDataset{GCSURI: "gs://data/sft.jsonl"}
)

func newClient(t *testing.T) *genai.Client {
	t.Helper()
	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		Backend:     genai.BackendVertexAI,
		Project:     "acme",
		Location:    "us-central1",
		HTTPClient:  http.DefaultClient,
		HTTPOptions: genai.HTTPOptions{BaseURL: baseURL, APIVersion: "v1beta1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// must gives a function that passes a value through, or ends the test with the error that came instead.
func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func expect[T comparable](t *testing.T, what string, actual, expected T) {
	t.Helper()
	if actual != expected {
		t.Errorf("%s is %v, not %v", what, actual, expected)
	}
}

func expectRefusal(t *testing.T, err error, code int, status string) {
	t.Helper()
	var refusal genai.APIError
	if !errors.As(err, &refusal) {
		t.Fatalf("%v is no genai.APIError", err)
	}
	expect(t, "code", refusal.Code, code)
	expect(t, "status", refusal.Status, status)
}

func letTwoHoursPass(t *testing.T) {
	t.Helper()
	body := strings.NewReader(`{"duration": "2h"}`)
	answer := must[*http.Response](t)(http.Post(baseURL+"/emulator/v1/clock:advance", "application/json", body))
	defer answer.Body.Close()
	expect(t, "status of the clock", answer.StatusCode, http.StatusOK)
}

func tune(t *testing.T, client *genai.Client, config genai.CreateTuningJobConfig) *genai.TuningJob {
	t.Helper()
	config.EpochCount = genai.Ptr(int32(2))
	return must[*genai.TuningJob](t)(client.Tunings.Tune(ctx, baseModel, supervised, &config))
}

func ended(t *testing.T, client *genai.Client, job *genai.TuningJob) *genai.TuningJob {
	t.Helper()
	letTwoHoursPass(t)
	return must[*genai.TuningJob](t)(client.Tunings.Get(ctx, job.Name, nil))
}

func TestJobSucceedsWithAVersionCheckpointsAndAnEndpoint(t *testing.T) {
	client := newClient(t)

	job := tune(t, client, genai.CreateTuningJobConfig{
		AdapterSize:           genai.AdapterSizeEight,
		TunedModelDisplayName: "by-go",
		Labels:                map[string]string{"team": "a"},
	})
	done := ended(t, client, job)

	expect(t, "first state", job.State, genai.JobStatePending)
	expect(t, "last state", done.State, genai.JobStateSucceeded)
	expect(t, "adapter size", done.SupervisedTuningSpec.HyperParameters.AdapterSize, genai.AdapterSizeEight)
	expect(t, "display name", done.TunedModelDisplayName, "by-go")
	expect(t, "label", done.Labels["team"], "a")
	expect(t, "version 1", strings.HasSuffix(done.TunedModel.Model, "@1"), true)
	expect(t, "number of checkpoints", len(done.TunedModel.Checkpoints), 2)
	expect(t, "endpoint", done.TunedModel.Checkpoints[1].Endpoint, done.TunedModel.Endpoint)
	expect(t, "examples", done.TuningDataStats.SupervisedTuningDataStats.TuningDatasetExampleCount, int64(40))
}

func TestJobContinuesFromAVersionAndCheckpoint(t *testing.T) {
	client := newClient(t)
	source := ended(t, client, tune(t, client, genai.CreateTuningJobConfig{})).TunedModel.Model

	config := &genai.CreateTuningJobConfig{EpochCount: genai.Ptr(int32(1)), PreTunedModelCheckpointID: "1"}
	job := must[*genai.TuningJob](t)(client.Tunings.Tune(ctx, source, supervised, config))
	done := ended(t, client, job)

	expect(t, "source", done.PreTunedModel.TunedModelName, source)
	expect(t, "checkpoint of the source", done.PreTunedModel.CheckpointID, "1")
	expect(t, "model", done.TunedModel.Model, strings.Replace(source, "@1", "@2", 1))
}

func TestPreferenceTuningSucceeds(t *testing.T) {
	client := newClient(t)
	dataset := &genai.TuningDataset{GCSURI: "gs://data/dpo.jsonl"}
	config := &genai.CreateTuningJobConfig{Method: genai.TuningMethodPreferenceTuning, EpochCount: genai.Ptr(int32(1))}

	done := ended(t, client, must[*genai.TuningJob](t)(client.Tunings.Tune(ctx, baseModel, dataset, config)))

	expect(t, "state", done.State, genai.JobStateSucceeded)
	expect(t, "examples", done.TuningDataStats.PreferenceOptimizationDataStats.TuningDatasetExampleCount, int64(20))
}

func TestJobsAreListedByPage(t *testing.T) {
	client := newClient(t)
	tune(t, client, genai.CreateTuningJobConfig{})
	last := tune(t, client, genai.CreateTuningJobConfig{})

	page := must[genai.Page[genai.TuningJob]](t)(client.Tunings.List(ctx, &genai.ListTuningJobsConfig{PageSize: 1}))
	next := must[genai.Page[genai.TuningJob]](t)(page.Next(ctx))

	expect(t, "newest job", page.Items[0].Name, last.Name)
	expect(t, "items of a page", len(next.Items), 1)
	expect(t, "the next page shows another job", next.Items[0].Name != last.Name, true)
}

func TestCancelEndsAJobOnce(t *testing.T) {
	client := newClient(t)
	job := tune(t, client, genai.CreateTuningJobConfig{})

	must[*genai.CancelTuningJobResponse](t)(client.Tunings.Cancel(ctx, job.Name, nil))
	done := ended(t, client, job)
	_, err := client.Tunings.Cancel(ctx, job.Name, nil)

	expect(t, "state", done.State, genai.JobStateCancelled)
	expectRefusal(t, err, http.StatusBadRequest, "FAILED_PRECONDITION")
}

func TestModelsAreReadAndListed(t *testing.T) {
	client := newClient(t)
	name := ended(t, client, tune(t, client, genai.CreateTuningJobConfig{})).TunedModel.Model

	model := must[*genai.Model](t)(client.Models.Get(ctx, name, nil))
	config := &genai.ListModelsConfig{QueryBase: genai.Ptr(false)}
	page := must[genai.Page[genai.Model]](t)(client.Models.List(ctx, config))

	expect(t, "version", model.Version, "1")
	expect(t, "number of checkpoints", len(model.Checkpoints), 2)
	isListed := slices.ContainsFunc(page.Items, func(item *genai.Model) bool { return item.Name == model.Name })
	expect(t, "the list has the model", isListed, true)
}

func TestEndpointAnswersWholeAndInAStream(t *testing.T) {
	client := newClient(t)
	endpoint := ended(t, client, tune(t, client, genai.CreateTuningJobConfig{})).TunedModel.Endpoint
	prompt := genai.Text("Where is order 7?")

	whole := must[*genai.GenerateContentResponse](t)(client.Models.GenerateContent(ctx, endpoint, prompt, nil))
	streamed := ""
	for piece, err := range client.Models.GenerateContentStream(ctx, endpoint, prompt, nil) {
		streamed += must[*genai.GenerateContentResponse](t)(piece, err).Text()
	}

	expect(t, "the stream", streamed, whole.Text())
}

func TestRefusalsAreErrorsOfTheClient(t *testing.T) {
	client := newClient(t)

	_, missing := client.Tunings.Get(ctx, "projects/acme/locations/us-central1/tuningJobs/1", nil)
	config := &genai.CreateTuningJobConfig{EpochCount: genai.Ptr(int32(-1))}
	_, wrong := client.Tunings.Tune(ctx, baseModel, supervised, config)

	expectRefusal(t, missing, http.StatusNotFound, "NOT_FOUND")
	expectRefusal(t, wrong, http.StatusBadRequest, "INVALID_ARGUMENT")
}
