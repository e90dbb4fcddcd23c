using System.Text;
using MlOps.Api.Protocols.Mlflow;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Tests.Protocols.Mlflow;

/// <summary>What is read in one pass, and what is left to who reads anything.</summary>
public sealed class PlainMetricsTests
{
    [Theory]
    [InlineData("""{"run_id":"r","key":"m","value":0.5,"timestamp":3,"step":-4}""", 0.5, 3, -4)]
    [InlineData(""" { "step" : 4 , "timestamp" : 3 , "value" : 5 , "key" : "m" , "run_uuid" : "r" , "run_id" : "r" } """, 5, 3, 4)]
    [InlineData("""{"run_id":"r","key":"m","value":1e3,"timestamp":0}""", 1000, 0, 0)]
    public void One_Ordinary_IsRead(string body, double value, long time, long step)
    {
        (string run, IReadOnlyList<MetricPoint> points) = PlainMetrics.One(Encoding.UTF8.GetBytes(body))!.Value;

        Assert.Equal("r", run);
        Assert.Equal([new MetricPoint("m", value, step, DateTimeOffset.FromUnixTimeMilliseconds(time))], points);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"run_id":"r","key":"m","value":1,"timestamp":1}x""")]
    [InlineData("""{"run_id":"r","key":"m","value":1,"timestamp":1""")]
    [InlineData("""{"run_id":"r","key":"m","value":NaN,"timestamp":1}""")]
    [InlineData("""{"run_id":"r","key":"m","value":"1","timestamp":1}""")]
    [InlineData("""{"run_id":"r","key":"m","value":1,"timestamp":"1"}""")]
    [InlineData("""{"run_id":"r","key":"m","value":1,"timestamp":1.0}""")]
    [InlineData("""{"run_id":"r","key":"m","value":1,"timestamp":-1}""")]
    [InlineData("""{"run_id":"r","key":"m","value":1,"timestamp":1,"step":null}""")]
    [InlineData("""{"run_id":"r","key":"m","value":1,"value":2,"timestamp":1}""")]
    [InlineData("""{"run_id":"r","key":"m\u0061","value":1,"timestamp":1}""")]
    [InlineData("""{"run_id":"r","key":"","value":1,"timestamp":1}""")]
    [InlineData("""{"run_id":"","key":"m","value":1,"timestamp":1}""")]
    [InlineData("""{"run_uuid":"r","key":"m","value":1,"timestamp":1}""")]
    [InlineData("""{"run_id":"r","key":"m","value":1,"timestamp":1,"model_id":"x"}""")]
    [InlineData("""{"run_id":"r","metrics":[{"key":"m","value":1,"timestamp":1}]}""")]
    public void One_OutOfTheOrdinary_IsLeft(string body) => Assert.Null(PlainMetrics.One(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Batch_Ordinary_IsReadInOrder()
    {
        string metrics = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $$"""{"key":"m{{i % 7}}","value":{{i}},"timestamp":{{i}},"step":{{i}}}"""));

        (string run, IReadOnlyList<MetricPoint> points) = PlainMetrics.Batch(Encoding.UTF8.GetBytes($$"""{"run_id":"r","metrics":[{{metrics}}],"params":[],"tags":[]}"""))!.Value;

        Assert.Equal("r", run);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => new MetricPoint($"m{i % 7}", i, i, DateTimeOffset.FromUnixTimeMilliseconds(i))), points);
    }

    [Theory]
    [InlineData("""{"run_id":"r"}""")]
    [InlineData("""{"metrics":[{"key":"m","value":1,"timestamp":1}]}""")]
    [InlineData("""{"run_id":"r","metrics":{}}""")]
    [InlineData("""{"run_id":"r","metrics":[1]}""")]
    [InlineData("""{"run_id":"r","metrics":[{"key":"m","value":1,"timestamp":1}""")]
    [InlineData("""{"run_id":"r","metrics":[{"key":"m","value":1,"timestamp":1,"model_id":"x"}]}""")]
    [InlineData("""{"run_id":"r","metrics":[{"key":"m","value":1}]}""")]
    [InlineData("""{"run_id":"r","metrics":[],"metrics":[]}""")]
    [InlineData("""{"run_id":"r","metrics":[],"params":[{"key":"p","value":"1"}]}""")]
    [InlineData("""{"run_id":"r","metrics":[],"tags":{}}""")]
    [InlineData("""{"run_id":"r","metrics":[],"key":"m"}""")]
    public void Batch_OutOfTheOrdinary_IsLeft(string body) => Assert.Null(PlainMetrics.Batch(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Batch_MoreThanAreAllowed_IsLeft()
    {
        string metrics = string.Join(',', Enumerable.Repeat("""{"key":"m","value":1,"timestamp":1}""", 1_001));

        Assert.Null(PlainMetrics.Batch(Encoding.UTF8.GetBytes($$"""{"run_id":"r","metrics":[{{metrics}}]}""")));
    }
}
